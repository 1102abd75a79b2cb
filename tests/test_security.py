"""SECURITY.md: the tests for each of its promises."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

TESTS: Mapping[str, tuple[str, ...]] = {
    "No code of a book runs.": (
        "test_workers: test_a_script_without_a_guard_may_build_side_by_side_and_no_module_of_the_current_folder_is_imported",
        "test_workers: test_nothing_that_is_imported_late_comes_from_the_current_folder",
        "test_git_date: test_no_program_that_the_repository_names_is_run",
        "test_git_date: test_no_git_of_the_current_folder_is_run",
        "test_theme_limits: test_a_template_has_no_clock_no_chance_and_no_address_in_memory",
        "hostile.md: templates, shortcodes and includes are text",
        "hostile.md: front matter that laughs, with tags and merges",
        "mkdocs.md: sections are parts, the first page of a section opens it, foreign tags mean nothing",
    ),
    "No file outside is read.": (
        "test_manuscript: test_a_file_that_may_not_be_opened_is_refused_with_the_reason",
        "test_manuscript: test_a_chapter_that_is_a_symlink_out_of_the_book_is_left_out_with_a_warning",
        "test_settings: test_a_path_that_is_not_a_readable_file_is_an_error",
        "test_foreign_themes: test_every_file_of_a_theme_is_a_regular_file_inside_it",
        "test_foreign_themes: test_no_face_of_the_machine_is_embedded",
        "test_reader: test_pandoc_opens_no_file",
        "test_boxes: test_nothing_is_fetched_that_the_book_did_not_hand_in",
        "hostile.md: a chapter that is a symlink out of the book",
        "summary.md: in a HonKit book headings are parts, entries with an anchor are no chapters, README and GLOSSARY belong to it",
    ),
    "No network.": (
        "test_press: test_only_book_fetch_uses_the_network",
        "test_fetch_refused: test_an_address_that_is_not_public_is_never_requested",
        "test_fetch_refused: test_a_name_that_changes_its_address_gains_nothing",
        "test_fetch_refused: test_a_redirect_to_a_private_machine_is_refused",
        "test_fetch_refused: test_credentials_are_not_sent",
        "test_fetch_refused: test_what_is_too_large_is_given_up_early",
        "test_fetch_refused: test_a_server_that_does_not_answer_is_given_up",
        "test_fetch_refused: test_a_download_that_is_not_an_image_is_not_written",
        "test_fetch: test_a_fetched_file_that_is_not_as_the_lock_says_is_not_used",
        "test_fetch_refused: test_a_build_never_connects",
    ),
    "A preview for you alone.": (
        "test_serve: test_nothing_is_served_but_the_preview",
        "test_serve: test_another_name_and_another_page_are_refused",
        "test_serve: test_a_question_out_of_bounds_has_no_place",
        "test_serve: test_only_the_person_at_the_keyboard_names_an_editor",
    ),
    "Nothing live in an edition.": (
        "test_sanitise: test_nothing_live_gets_past_the_first_wall_or_the_second",
        "test_press: test_a_hostile_book_is_refused_or_made_harmless_in_every_edition",
        "test_svg: test_parts_that_load_or_run_are_dropped_and_reported_and_the_rest_is_drawn",
        "test_web: test_the_policy_allows_the_one_script_and_no_other",
        "test_foreign_themes: test_a_script_of_a_theme_is_reported_and_does_not_run",
        "test_links_in_chapters: test_an_unsafe_link_is_reported_and_shown_as_text",
        "references.md: an address that could run or open something is text with a warning",
        "references.md: an address cannot end the attribute it stands in",
    ),
    "Limits.": (
        "test_manuscript: test_sizes_and_numbers_are_bounded",
        "test_manuscript: test_a_bomb_is_a_fault_or_nothing",
        "test_reader: test_pandoc_has_a_limit_of_time_and_memory",
        "test_theme_limits: test_a_template_is_limited_in_time_and_memory",
        "test_theme_limits: test_the_pages_of_an_edition_have_a_limit",
        "test_svg: test_a_drawing_that_cannot_be_made_safe_is_refused_alone",
        "test_bulk: test_a_block_that_is_too_long_for_paper_is_reported_at_its_line",
        "mkdocs.md: aliases of aliases cost nothing",
    ),
    "All or nothing.": (
        "test_kills: test_a_build_killed_at_a_file_event_leaves_the_old_set_or_the_new",
        "test_press: test_two_builds_at_once_both_finish_and_leave_one_consistent_set",
        "test_press: test_a_full_disk_is_one_message_and_the_earlier_set_stays",
        "test_cli_input: test_an_error_leaves_the_earlier_editions_byte_for_byte",
        "test_kills: test_a_disk_that_fills_up_at_any_event_is_one_message_and_the_old_set_stays",
        "test_cli_ends: test_an_interrupted_run_prints_one_message_and_leaves_the_earlier_editions",
        "test_left_out: test_an_edition_that_does_not_pass_a_proof_is_left_out_with_the_authors_line",
    ),
    "Only our own files are touched.": (
        "test_press: test_only_the_write_function_opens_a_file_for_writing",
        "test_seal_cleaning: test_cleaning_everything_removes_what_builds_wrote_and_nothing_else",
        "test_seal_cleaning: test_a_journal_that_is_a_link_is_not_followed",
        "test_fetch_refused: test_no_link_leads_fetched_files_out_of_the_book",
        "test_fetch: test_a_lock_that_somebody_else_wrote_is_not_overwritten",
        "test_fetch: test_an_image_that_the_book_no_longer_shows_goes_unless_somebody_changed_it",
        "test_starting: test_a_new_book_is_refused_where_a_book_exists",
        "test_starting: test_adopt_shows_without_writing_and_overwrites_nothing",
        "test_fix: test_a_problem_that_cannot_be_fixed_is_one_message",
    ),
    "Messages are safe to print.": (
        "test_cli_input: test_nothing_that_an_author_wrote_reaches_the_terminal_raw",
        "test_fuzz_settings: test_no_settings_end_in_a_traceback",
        "hostile.md: a message that would be a command to a hosted CI",
        "hostile.md: a control character in text, title and name",
    ),
    "The same bytes.": (
        "test_press: test_two_builds_in_different_surroundings_give_the_same_bytes",
        "test_git_date: test_the_date_is_that_of_the_source_and_never_now",
        "test_theme_limits: test_what_is_printed_is_the_same_each_time",
    ),
}
"""Promise -> tests: functions as ``module: name``, cases in prose as ``file: heading``."""

PROMISES = re.compile(r"^## What we promise\n(.*?)^## ", re.MULTILINE | re.DOTALL)
BOLD = re.compile(r"^- \*\*(.+?)\*\*", re.MULTILINE)


def known(folder: Path) -> frozenset[str]:
    """Return every test function and every case in prose."""
    functions = {
        f"{path.stem}: {found.name}"
        for path in folder.rglob("test_*.py")
        for found in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(found, ast.FunctionDef) and found.name.startswith("test_")
    }
    cases = {
        f"{path.name}: {heading}"
        for path in folder.glob("*/*.md")
        for heading in re.findall(r"^## (.+)$", path.read_text("utf-8"), re.MULTILINE)
    }
    return frozenset(functions | cases)


def test_every_promise_has_tests_and_every_test_is_there(root: Path) -> None:
    text = PROMISES.search((root / "SECURITY.md").read_text("utf-8"))
    assert text
    assert BOLD.findall(text[1]) == list(TESTS)
    assert sorted({test for tests in TESTS.values() for test in tests} - known(root / "tests")) == []


def test_the_readme_leads_to_it(root: Path) -> None:
    assert "`SECURITY.md` says what you can rely on" in (root / "README.md").read_text("utf-8")
