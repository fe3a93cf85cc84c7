vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
  pattern = "*.assize",
  callback = function()
    vim.bo.filetype = "assize"
  end,
})
