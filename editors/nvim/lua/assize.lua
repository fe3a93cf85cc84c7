-- The language server of Assize for Neovim: one server for each package or folder.

local M = {}

local options = {
  cmd = { "assize", "lsp" },
  format_on_save = true,
  lints = {},
  lenses = true,
  on_attach = nil,
}

-- Servers by the folder that they serve.
local servers = {}
local hints = vim.api.nvim_create_namespace("assize_hints")

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

local function document(buffer)
  return { uri = vim.uri_from_bufnr(buffer) }
end

-- What the server answers, or nothing.
local function ask(client, buffer, method, params)
  local answer = client.request_sync(method, params, 10000, buffer)
  return answer and answer.result or nil, answer and answer.err or nil
end

local function format(client, buffer)
  local edits = ask(client, buffer, "textDocument/formatting", vim.lsp.util.make_formatting_params({}))
  if edits then
    vim.lsp.util.apply_text_edits(edits, buffer, client.offset_encoding)
  end
end

local function attached(client, buffer)
  vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
  vim.bo[buffer].tagfunc = "v:lua.vim.lsp.tagfunc"
  vim.bo[buffer].formatexpr = "v:lua.vim.lsp.formatexpr()"
  if options.format_on_save then
    vim.api.nvim_create_autocmd("BufWritePre", {
      buffer = buffer,
      callback = function()
        format(client, buffer)
      end,
    })
  end
  if options.lenses then
    vim.api.nvim_create_autocmd({ "BufEnter", "InsertLeave", "BufWritePost" }, { buffer = buffer, callback = vim.lsp.codelens.refresh })
    vim.lsp.codelens.refresh()
  end
  local function command(name, run)
    vim.api.nvim_buf_create_user_command(buffer, name, function()
      run(client, buffer)
    end, {})
  end
  command("AssizeTest", M.run_test)
  command("AssizeHints", M.hints)
  command("AssizeFold", M.fold)
  local offered = (client.server_capabilities.executeCommandProvider or {}).commands or {}
  for name, wanted in pairs({ AssizeExplain = "assize.explain", AssizeWho = "assize.whoIsAllowed" }) do
    if vim.tbl_contains(offered, wanted) then
      vim.api.nvim_buf_create_user_command(buffer, name, function(given)
        if given.args ~= "" then
          M.execute(client, buffer, { command = wanted, arguments = { vim.uri_from_bufnr(buffer), given.args } })
        else
          M.run_lens(client, buffer, wanted)
        end
      end, { nargs = "?" })
    end
  end
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
      init_options = { lints = next(options.lints) and options.lints or vim.empty_dict() },
      on_attach = attached,
    })
    servers[root] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

-- Shows a page that the server has written, in a window of its own.
local function show(text)
  local page = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(page, 0, -1, false, vim.split(text, "\n"))
  vim.bo[page].filetype = "markdown"
  vim.bo[page].bufhidden = "wipe"
  vim.cmd("split")
  vim.api.nvim_win_set_buf(0, page)
end

-- Has the server run a command, and shows what comes of it.
function M.execute(client, buffer, command)
  local result, err = ask(client, buffer, "workspace/executeCommand", { command = command.command, arguments = command.arguments })
  if not result then
    vim.notify(err and err.message or "no answer", vim.log.levels.ERROR)
    return nil
  end
  if type(result) == "table" and result.passed then
    vim.notify(("%d passed, %d failed"):format(result.passed, result.failed))
  else
    local text = type(result) == "table" and (result.markdown or result.value) or result
    if type(text) == "string" then
      show(text)
    end
  end
  return result
end

for _, name in ipairs({ "assize.runTests", "assize.explain", "assize.whoIsAllowed" }) do
  vim.lsp.commands[name] = function(command, context)
    M.execute(assert(vim.lsp.get_client_by_id(context.client_id)), context.bufnr, command)
  end
end

-- Starts the lens of a command that belongs to the line of the cursor: the last one that does not begin below it.
function M.run_lens(client, buffer, name, otherwise)
  local lenses = ask(client, buffer, "textDocument/codeLens", { textDocument = document(buffer) })
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local chosen
  for _, lens in ipairs(lenses or {}) do
    local whole_file = otherwise and #lens.command.arguments == 1
    if lens.command.command == name and (whole_file and not chosen or not whole_file and lens.range.start.line <= line) then
      chosen = lens.command
    end
  end
  return chosen and M.execute(client, buffer, chosen)
end

-- Runs the test under the cursor; all tests of the file if there is none there. Says how it went.
function M.run_test(client, buffer)
  return M.run_lens(client, buffer, "assize.runTests", true)
end

-- Shows inlay hints at the ends of lines, or takes them away again.
function M.hints(client, buffer)
  if next(vim.api.nvim_buf_get_extmarks(buffer, hints, 0, -1, { limit = 1 })) then
    vim.api.nvim_buf_clear_namespace(buffer, hints, 0, -1)
    return
  end
  local last = vim.api.nvim_buf_line_count(buffer)
  local range = { start = { line = 0, character = 0 }, ["end"] = { line = last, character = 0 } }
  for _, hint in ipairs(ask(client, buffer, "textDocument/inlayHint", { textDocument = document(buffer), range = range }) or {}) do
    local column = vim.lsp.util._get_line_byte_from_position(buffer, hint.position, client.offset_encoding)
    local word = vim.api.nvim_buf_get_lines(buffer, hint.position.line, hint.position.line + 1, false)[1]:sub(1, column):match("[%w_*.\"]+$") or ""
    vim.api.nvim_buf_set_extmark(buffer, hints, hint.position.line, 0, { virt_text = { { word .. hint.label, "Comment" } } })
  end
end

-- Folds what the server says can be folded.
function M.fold(client, buffer)
  vim.wo.foldmethod = "manual"
  vim.cmd("normal! zE")
  for _, range in ipairs(ask(client, buffer, "textDocument/foldingRange", { textDocument = document(buffer) }) or {}) do
    vim.cmd(("%d,%dfold"):format(range.startLine + 1, range.endLine + 1))
  end
end

return M
