-- What typst refuses and other programs let pass: an id that occurs twice, and a link to an id that is nowhere.
-- Repeated ids go, links that lead nowhere become plain text.

local met = {}

local function once(element)
  if element.identifier ~= "" and met[element.identifier] then
    element.identifier = ""
  end
  met[element.identifier] = true
  return element
end

local function alive(link)
  local id = link.target:match("^#(.*)$")
  if id and not met[id] then
    return link.content
  end
end

-- pandoc writes no label for other elements.
return {
  { traverse = "topdown", Header = once, Figure = once, Table = once, Div = once, Span = once },
  { Link = alive },
}
