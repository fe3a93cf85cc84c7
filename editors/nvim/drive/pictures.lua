-- Takes pictures of a Neovim with a screen, as text: this one has none, runs the other in a terminal of its own, tells it what to do, and prints a page.

local M = {}

local WIDTH, HEIGHT = 100, 24

local function lines_of(screen)
  local lines = vim.api.nvim_buf_get_lines(screen, 0, HEIGHT, false)
  for nth, line in ipairs(lines) do
    lines[nth] = line:gsub("%s+$", "")
  end
  return lines
end

-- The screen once it holds a text and stays as it is.
local function settled(screen, wanted, unwanted)
  local last, same
  local done = vim.wait(20000, function()
    local now = table.concat(lines_of(screen), "\n")
    same = now == last and same + 1 or 0
    last = now
    return same >= 4 and now:find(wanted, 1, true) ~= nil and not (unwanted and now:find(unwanted, 1, true))
  end, 40)
  assert(done, ("%q is not on the screen:\n%s"):format(wanted, last))
  return lines_of(screen)
end

-- Without the lines that only say that there is nothing, and without what differs from run to run.
local function picture(lines, folder)
  local kept = {}
  for _, line in ipairs(lines) do
    if line ~= "~" then
      table.insert(kept, (line:gsub(vim.pesc(folder .. "/"), "")))
    end
  end
  while kept[#kept] == "" do
    table.remove(kept)
  end
  return table.concat(kept, "\n")
end

function M.run(here, folder, server)
  vim.o.columns, vim.o.lines = WIDTH, HEIGHT + 2
  local features = dofile(here .. "/features.lua")
  local page = {}
  local kept
  local function start()
    for _, name in ipairs(vim.fn.readdir(here .. "/pictures")) do
      assert(vim.loop.fs_copyfile(here .. "/pictures/" .. name, folder .. "/" .. name))
    end
    local socket = vim.fn.tempname()
    vim.cmd("enew")
    local screen = vim.api.nvim_get_current_buf()
    local job = vim.fn.termopen({
      "nvim", "-u", "NONE", "-n", "--listen", socket,
      "--cmd", "set runtimepath^=" .. here .. "/.. | filetype plugin on",
      "--cmd", "set laststatus=1 noruler noshowmode noshowcmd shortmess+=FIWc background=dark completeopt=menu hidden nowrap signcolumn=no t_Co=256",
      "--cmd", ("lua require('assize').setup({ cmd = { '%s', 'lsp' }, lenses = false })"):format(server),
    }, { cwd = folder, env = { TERM = "xterm-256color", VIMRUNTIME = vim.env.VIMRUNTIME } })
    local channel
    assert(vim.wait(10000, function()
      local ok, found = pcall(vim.fn.sockconnect, "pipe", socket, { rpc = true })
      channel = ok and found or nil
      return ok and found > 0
    end, 20), "no Neovim")
    vim.rpcrequest(channel, "nvim_exec_lua", "package.path = ... .. package.path; c = require('child')", { here .. "/?.lua;" })
    return { screen = screen, job = job, channel = channel }
  end
  local function take(nth, feature)
    local title, text, action = unpack(feature)
    local child = feature.keep and kept or start()
    if feature.offered and not vim.rpcrequest(child.channel, "nvim_exec_lua", "return c.offers(...)", { feature.offered }) then
      return vim.fn.jobstop(child.job)
    end
    local function tell(code)
      vim.rpcrequest(child.channel, "nvim_exec_lua", code, {})
    end
    if feature.quiet then
      tell("vim.diagnostic.config({ virtual_text = false })")
    end
    tell(action)
    if feature.waits then
      tell(("assert(vim.wait(20000, function() return %s end, 20), 'waited in vain')"):format(feature.waits))
    end
    if feature.finally then
      tell(feature.finally)
    end
    if feature.keys then
      vim.rpcrequest(child.channel, "nvim_input", feature.keys)
    end
    local shown = { picture(settled(child.screen, feature.wants, feature.lacks), folder) }
    local where = ""
    if feature.cursor then
      local place = "return ('%s, line %d, column %d'):format(vim.fn.expand('%:t'), vim.fn.line('.'), vim.fn.col('.'))"
      where = " The cursor is at " .. vim.rpcrequest(child.channel, "nvim_exec_lua", place, {}) .. "."
    end
    if feature.after then
      vim.rpcrequest(child.channel, "nvim_input", feature.follow)
      table.insert(shown, picture(settled(child.screen, feature.after), folder))
    end
    if title ~= "" then
      table.insert(page, "## " .. title .. "\n")
    end
    table.insert(page, text:sub(1, 1):upper() .. text:sub(2) .. where .. "\n")
    for _, one in ipairs(shown) do
      table.insert(page, "```text\n" .. one .. "\n```\n")
    end
    kept = child
    if not (features[nth + 1] or {}).keep then
      vim.fn.jobstop(child.job)
    end
  end
  for nth, feature in ipairs(features) do
    take(nth, feature)
  end
  io.stdout:write(table.concat(page, "\n"))
end

return M
