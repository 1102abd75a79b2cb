-- Reads many chapters in one process of pandoc: `pandoc lua -E batch.lua FORMAT`. Run by book/markdown/pandoc.py.
--
-- In, again and again: the number of bytes of a text on a line, then the text. Out, in the same order: the number of bytes of its
-- JSON tree on a line, then the tree. It ends at the first text that pandoc cannot read.

local format = arg[1]
-- An empty table of files: what a chapter includes or embeds cannot be opened (the library's own sandbox).
local files = {}

for length in io.lines() do
  local text = length == "0" and "" or io.read(tonumber(length))
  local done, tree = pcall(function()
    -- The command line ends a text with one more line break, and positions follow it.
    return pandoc.write(pandoc.read(text .. "\n", format, nil, files), "json")
  end)
  if not done then
    os.exit(1) -- perhaps for want of memory, which the next text would not have either
  end
  io.write(#tree, "\n", tree)
  io.flush()
end
