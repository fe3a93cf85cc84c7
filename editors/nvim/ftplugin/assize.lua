vim.bo.commentstring = "// %s"
vim.bo.shiftwidth = 2
vim.bo.expandtab = true
require("assize").attach(vim.api.nvim_get_current_buf())
