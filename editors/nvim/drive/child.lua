-- What the Neovim in the picture does: it has a screen, and is told by another one what to do.

local M = {}

local function client()
  return vim.lsp.buf_get_clients(0)[next(vim.lsp.buf_get_clients(0)) or 0]
end

-- Opens a file when its server is there, and waits until that has looked at it.
function M.open(name)
  vim.cmd("silent! only | edit! " .. name)
  vim.wait(30000, function()
    local found = client()
    return found ~= nil and found.initialized
  end, 20)
  M.ask("textDocument/documentSymbol", { textDocument = M.document() })
end

-- Whether the server has a command.
function M.offers(command)
  M.open("policy.assize")
  return vim.tbl_contains((client().server_capabilities.executeCommandProvider or {}).commands or {}, command)
end

function M.document()
  return { uri = vim.uri_from_bufnr(0) }
end

function M.ask(method, params)
  local answer = assert(client().request_sync(method, params, 30000, vim.api.nvim_get_current_buf()), method .. ": no answer")
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result
end

-- Where a text stands, `inside` bytes into it: line and column, from 0.
function M.find(text, inside)
  for nth, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local at = line:find(text, 1, true)
    if at then
      return nth - 1, at - 1 + (inside or 0)
    end
  end
  error("no " .. text)
end

-- Puts the cursor there.
function M.go(text, inside)
  local line, column = M.find(text, inside)
  vim.api.nvim_win_set_cursor(0, { line + 1, column })
end

-- The parameters of a question about the place.
function M.place(text, inside)
  local line, column = M.find(text, inside)
  return { textDocument = M.document(), position = { line = line, character = column } }
end

-- Replaces a text.
function M.replace(old, new)
  local line, column = M.find(old)
  vim.api.nvim_buf_set_text(0, line, column, line, column + #old, { new })
end

-- Waits a moment, so that the text has been looked through: its findings are told before those of a test.
function M.rest()
  vim.wait(800, function()
    return false
  end)
end

-- Shows lines in a window below.
function M.list(lines)
  local page = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(page, 0, -1, false, lines)
  vim.cmd("botright " .. math.min(#lines, 12) .. "split")
  vim.api.nvim_win_set_buf(0, page)
end

-- The text of a range of the buffer, on one line.
function M.text(range)
  local s, e = range.start, range["end"]
  local last = vim.api.nvim_buf_line_count(0) - 1
  if e.line > last then
    e = { line = last, character = #vim.api.nvim_buf_get_lines(0, last, last + 1, false)[1] }
  end
  return table.concat(vim.api.nvim_buf_get_text(0, s.line, s.character, e.line, e.character, {}), " "):gsub("%s+", " ")
end

-- The semantic tokens of a range, with their texts.
function M.tokens(first, last)
  local legend = client().server_capabilities.semanticTokensProvider.legend
  local range = { start = { line = first, character = 0 }, ["end"] = { line = last, character = 0 } }
  local data = M.ask("textDocument/semanticTokens/range", { textDocument = M.document(), range = range }).data
  local found, line, character = {}, 0, 0
  for at = 1, #data, 5 do
    line = line + data[at]
    character = (data[at] > 0 and 0 or character) + data[at + 1]
    local text = vim.api.nvim_buf_get_text(0, line, character, line, character + data[at + 2], {})[1]
    table.insert(found, text .. ": " .. legend.tokenTypes[data[at + 3] + 1])
  end
  return found
end

return M
