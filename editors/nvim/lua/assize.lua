-- The language server of Assize for Neovim: one server for each package or folder.

local M = {}

local options = {
  cmd = { "assize", "lsp" },
  format_on_save = true,
  on_attach = nil,
}

-- Servers by the folder that they serve.
local servers = {}

function M.setup(given)
  options = vim.tbl_extend("force", options, given or {})
end

-- The folder of the package that a file belongs to, or else the file's own.
local function root_of(path)
  local found = vim.fn.findfile("assize.toml", vim.fn.fnamemodify(path, ":p:h") .. ";")
  if found ~= "" then
    return vim.fn.fnamemodify(found, ":p:h")
  end
  return vim.fn.fnamemodify(path, ":p:h")
end

local function format(client, buffer)
  local params = vim.lsp.util.make_formatting_params({})
  local answer = client.request_sync("textDocument/formatting", params, 5000, buffer)
  if answer and answer.result then
    vim.lsp.util.apply_text_edits(answer.result, buffer, client.offset_encoding)
  end
end

local function attached(client, buffer)
  if options.format_on_save then
    vim.api.nvim_create_autocmd("BufWritePre", {
      buffer = buffer,
      callback = function()
        format(client, buffer)
      end,
    })
  end
  vim.api.nvim_buf_create_user_command(buffer, "AssizeTest", function()
    M.run_test(client, buffer)
  end, {})
  if options.on_attach then
    options.on_attach(client, buffer)
  end
end

-- Serves a buffer.
function M.attach(buffer)
  local path = vim.api.nvim_buf_get_name(buffer)
  if path == "" then
    return
  end
  local root = root_of(path)
  local id = servers[root]
  if not id or not vim.lsp.get_client_by_id(id) then
    local uri = vim.uri_from_fname(root)
    id = vim.lsp.start_client({
      name = "assize",
      cmd = options.cmd,
      root_dir = root,
      workspace_folders = { { uri = uri, name = vim.fn.fnamemodify(root, ":t") } },
      on_attach = attached,
    })
    servers[root] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

-- Runs the test under the cursor; all tests of the file if there is none there. Says how it went.
function M.run_test(client, buffer)
  local document = { uri = vim.uri_from_bufnr(buffer) }
  local answer = client.request_sync("textDocument/codeLens", { textDocument = document }, 10000, buffer)
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local chosen
  for _, lens in ipairs(answer and answer.result or {}) do
    local whole_file = #lens.command.arguments == 1
    if whole_file and not chosen then
      chosen = lens.command
    elseif not whole_file and lens.range.start.line <= line then
      chosen = lens.command
    end
  end
  if not chosen then
    return nil
  end
  local params = { command = chosen.command, arguments = chosen.arguments }
  local result = client.request_sync("workspace/executeCommand", params, 60000, buffer)
  if result and result.result then
    local told = result.result
    vim.notify(("%d passed, %d failed"):format(told.passed, told.failed))
    return told
  end
  vim.notify(result and result.err and result.err.message or "no answer", vim.log.levels.ERROR)
  return nil
end

return M
