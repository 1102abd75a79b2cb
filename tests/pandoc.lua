-- Answers question after question in one process of pandoc: `pandoc lua -E pandoc.lua`. Run by tests/kept_pandoc.py.
--
-- In: the number of bytes of a text and the names of its format and of the format wanted on a line, then the text. Out: the number
-- of bytes of the answer on a line, then the answer; a line with -1 if pandoc cannot answer.

local files = {}
local plain = pandoc.WriterOptions({ wrap_text = "none", highlight_method = "none" })

for line in io.lines() do
  local length, from, to = line:match("^(%d+) (%S+) (%S+)$")
  local text = length == "0" and "" or io.read(tonumber(length))
  local done, answer = pcall(function()
    if to == "json" then
      -- The command line ends a text with one more line break, and positions follow it.
      return pandoc.write(pandoc.read(text .. "\n", from, nil, files), to)
    end
    return pandoc.write(pandoc.read(text, from, nil, files), to, plain)
  end)
  if done then
    answer = answer:sub(-1) == "\n" and answer or answer .. "\n" -- as the command line ends it
    io.write(#answer, "\n", answer)
  else
    io.write("-1\n")
  end
  io.flush()
end
