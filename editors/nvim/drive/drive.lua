-- A session without a screen: opens a package, looks, completes, renames, formats, runs a test. Prints what it sees.

local M = {}

local function say(text)
  io.stdout:write(text, "\n")
end

local function client_of(buffer)
  local client
  vim.wait(30000, function()
    client = vim.lsp.buf_get_clients(buffer)[next(vim.lsp.buf_get_clients(buffer)) or 0]
    return client ~= nil and client.initialized
  end, 20)
  return assert(client, "a server")
end

local function ask(client, buffer, method, params)
  local answer = assert(client.request_sync(method, params, 30000, buffer), method .. ": no answer")
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result
end

-- Waits until the findings of a buffer are these, and prints them.
local function findings(buffer, what, wanted)
  local shown
  local done = vim.wait(30000, function()
    shown = {}
    for _, found in ipairs(vim.diagnostic.get(buffer)) do
      local message = vim.split(found.message, "\n")[1]
      table.insert(shown, ("  %d:%d %s %s"):format(found.lnum + 1, found.col + 1, found.code or "", message))
    end
    return #shown == wanted
  end, 20)
  say(what .. ":")
  say(#shown == 0 and "  none" or table.concat(shown, "\n"))
  assert(done, "other findings than expected")
end

-- The place of a text in a buffer.
local function place(buffer, text, inside)
  for nth, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    local at = line:find(text, 1, true)
    if at then
      return { line = nth - 1, character = at - 1 + (inside or 0) }
    end
  end
  error("no " .. text)
end

local function at(buffer, text, inside)
  return { textDocument = { uri = vim.uri_from_bufnr(buffer) }, position = place(buffer, text, inside) }
end

function M.run(folder)
  vim.cmd("edit " .. folder .. "/policy.assize")
  local buffer = vim.api.nvim_get_current_buf()
  say("file type: " .. vim.bo[buffer].filetype)
  local client = client_of(buffer)
  findings(buffer, "after opening", 1)

  local hover = ask(client, buffer, "textDocument/hover", at(buffer, "f.ownr", 0))
  say("hover: " .. hover.contents.value:gsub("\n", " | "))

  local list = ask(client, buffer, "textDocument/completion", at(buffer, "f.ownr", 3))
  local labels = {}
  for _, item in ipairs(list.items) do
    table.insert(labels, item.label)
  end
  say("completion: " .. table.concat(labels, ", "))

  local start = place(buffer, "ownr")
  vim.api.nvim_buf_set_text(buffer, start.line, start.character, start.line, start.character + 4, { "owner" })
  findings(buffer, "after the repair", 0)

  local params = at(buffer, "f.owner", 3)
  params.newName = "keeper"
  local edit = ask(client, buffer, "textDocument/rename", params)
  vim.lsp.util.apply_workspace_edit(edit, client.offset_encoding)
  say("renamed: " .. vim.api.nvim_buf_get_lines(buffer, 2, 3, false)[1])
  local schema = vim.fn.bufnr(folder .. "/schema.assize")
  say("renamed: " .. vim.api.nvim_buf_get_lines(schema, 1, 2, false)[1])
  findings(buffer, "after renaming", 0)

  vim.api.nvim_buf_set_lines(buffer, -1, -1, false, { "entity   Shelf{name:String}" })
  vim.cmd("silent write")
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  say("after saving: " .. lines[#lines])

  -- The findings of the text are told before those of the test.
  vim.wait(800, function()
    return false
  end)
  vim.api.nvim_win_set_cursor(0, { place(buffer, "test \"wrong\"").line + 1, 0 })
  local told = require("assize").run_test(client, buffer)
  say(("the test under the cursor: %d passed, %d failed"):format(told.passed, told.failed))
  findings(buffer, "after the test", 1)

  client.stop()
  local gone = vim.wait(10000, function()
    return client.is_stopped()
  end, 20)
  say("server stopped: " .. tostring(gone))
end

return M
