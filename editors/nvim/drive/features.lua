-- The features of the page of pictures, in its order: what each is called, what is said of it, and what Neovim is told to do. Then it waits for what `waits` says, does what
-- `finally` says and types `keys`; the picture is taken when the screen has what is wanted, and not what it `lacks`. `follow` is typed for a second one.
-- What rests on a command is left out where the server has none of that name: `offered`.

return {
  {
    "Findings", "as the text changes; what is wrong stands where it is.",
    [[c.open("policy.assize") c.replace("u.level >=", "u.levl >=") c.go("u.levl", 2)]],
    waits = [[#vim.diagnostic.get(0) == 1]],
    finally = [[vim.diagnostic.open_float()]],
    wants = "did you mean `level`",
  },
  {
    "Repairs and refactorings", "for the place of the cursor: each finding's repairs first.",
    [[c.open("policy.assize") c.replace("u.level >=", "u.levl >=") c.go("u.levl", 2)]],
    waits = [[#vim.diagnostic.get(0) == 1]],
    finally = [[vim.schedule(vim.lsp.buf.code_action)]],
    wants = "write `level`",
  },
  {
    "", "an expression becomes a function.",
    [[c.open("policy.assize") vim.schedule(function() vim.lsp.buf.range_code_action(nil, { 13, 7 }, { 13, 27 }) end)]],
    wants = "extract",
    follow = "1<CR>",
    after = "extracted(",
  },
  {
    "Completion", "knows types: behind a dot the attributes, ...",
    [[c.open("policy.assize") c.replace("u.level >= Level::chief", "u.") c.go("u.", 1)]],
    quiet = true,
    keys = "A<C-x><C-o>",
    wants = "mentor",
  },
  {
    "", "... behind `to` the actions that fit, ...",
    [[c.open("policy.assize") c.replace("to look on Folder", "to  on Folder") c.go("to  on", 2)]],
    quiet = true,
    keys = "a<C-x><C-o>",
    wants = "look",
  },
  {
    "", "... and words where the grammar has them.",
    [[c.open("policy.assize") vim.api.nvim_buf_set_lines(0, -1, -1, false, { "", "" }) vim.cmd("normal! G")]],
    quiet = true,
    keys = "A<C-x><C-o>",
    wants = "obligation",
  },
  {
    "Hover", "declarations with their documentation, ...",
    [[c.open("policy.assize") c.go("owns(u") vim.lsp.buf.hover()]],
    wants = "Whether somebody",
  },
  {
    "", "... and actions with the policies that can apply.",
    [[c.open("schema.assize") c.go("write on") vim.lsp.buf.hover()]],
    wants = "Policies that can apply",
  },
  {
    "Signature help", "while a call is typed.",
    [[c.open("policy.assize") c.go("owns(u, f", 8) vim.lsp.buf.signature_help()]],
    wants = "owns(u: User, f: Folder)",
  },
  {
    "Go to definition", "into other files; into the standard library too.",
    [[c.open("policy.assize") c.go("GRACE") vim.lsp.buf.definition()]],
    waits = [[vim.fn.expand("%:t") == "schema.assize"]],
    wants = "const GRACE",
    cursor = true,
  },
  {
    "Go to type definition", "from a variable to the entity.",
    [[c.open("policy.assize") c.go("owns(u, f", 8) vim.lsp.buf.type_definition()]],
    waits = [[vim.fn.expand("%:t") == "schema.assize"]],
    wants = "entity Folder",
    cursor = true,
  },
  {
    "Go to implementations", "from an action to its policies.",
    [[c.open("schema.assize") c.go("write on") vim.lsp.buf.implementation()]],
    wants = "policy.assize|",
  },
  {
    "References", "of whatever has a name.",
    [[c.open("schema.assize") c.go("level: Level") vim.lsp.buf.references()]],
    wants = "policy.assize|",
  },
  {
    "Highlights", "every use of a name in the file, here as a list.",
    [[c.open("policy.assize") local found = c.ask("textDocument/documentHighlight", c.place("u.level"))
      c.list(vim.tbl_map(function(it) return ("line %d, column %d"):format(it.range.start.line + 1, it.range.start.character + 1) end, found))]],
    wants = "line 7, column",
  },
  {
    "Rename", "in all files at once: `owns` has become `holds`.",
    [[c.open("policy.assize") c.go("owns(u") vim.lsp.buf.rename("holds")
      vim.wait(5000, function() return vim.api.nvim_buf_get_lines(0, 3, 4, false)[1]:find("holds") end, 20)
      vim.cmd("botright split schema.assize | normal! Gzb")]],
    wants = "fn holds",
    lacks = "■",
  },
  {
    "", "A name that is taken is refused.",
    [[c.open("policy.assize") c.go("owns(u") vim.lsp.buf.rename("GRACE")]],
    wants = "cannot be its name",
  },
  {
    "Outline", "of a file.",
    [[c.open("schema.assize") vim.lsp.buf.document_symbol()]],
    wants = "Symbols in schema.assize",
  },
  {
    "Search", "through all packages; a few letters are enough.",
    [[c.open("schema.assize") vim.lsp.buf.workspace_symbol("fldr")]],
    wants = "[Class] Folder",
  },
  {
    "Inlay hints", "what `*` and groups of actions stand for, types, sizes and durations; Neovim 0.7 shows them at the ends of lines.",
    [[c.open("policy.assize") vim.cmd("AssizeHints")]],
    wants = "* = read, list, write",
  },
  {
    "Call hierarchy", "who calls a function.",
    [[c.open("schema.assize") c.go("owns") vim.lsp.buf.incoming_calls()]],
    wants = "policy.assize|4",
  },
  {
    "Lenses", "above each test.",
    [[c.open("tests.assize") vim.lsp.codelens.refresh()]],
    wants = "run test",
  },
  {
    "Tests", "run from the editor; what was not met stands at its `expect`.",
    [[c.open("tests.assize") c.go("guests look") c.rest() vim.cmd("AssizeTest")]],
    waits = [[#vim.diagnostic.get(0) == 1]],
    finally = [[c.go("expect allow User::\"bob\"") vim.diagnostic.open_float()]],
    wants = "this is denied, not allowed",
  },
  {
    "Explain in place", "the decision of the expectation under the cursor, with what each part of each condition came to.",
    [[c.open("tests.assize") c.go('expect allow User::"bob"') vim.cmd("AssizeExplain") vim.cmd("only | normal! gg")]],
    offered = "assize.explain",
    wants = "# deny",
  },
  {
    "Who is allowed?", "everybody who may do what the expectation is about.",
    [[c.open("tests.assize") c.go('expect allow User::"bob"') vim.cmd("AssizeWho") vim.cmd("only | normal! gg")]],
    offered = "assize.whoIsAllowed",
    wants = "principals in the data",
  },
  {
    "Format", "on save: before ...",
    [[c.open("schema.assize") vim.api.nvim_buf_set_lines(0, -1, -1, false, { "", "entity   Shelf{name:String,owner:User,tags:Set<String>}" }) vim.cmd("normal! Gzb")]],
    wants = "entity   Shelf",
  },
  {
    "", "... and after.",
    [[vim.cmd("silent write | normal! Gzb")]],
    wants = "entity Shelf",
    keep = true,
  },
  {
    "Format while typing", "what a `}` has just ended.",
    [[c.open("schema.assize") vim.api.nvim_buf_set_lines(0, -1, -1, false, { "", "enum   Colour{red,green}" })
      local params = c.place("enum   Colour", 24) params.ch = "}" params.options = { tabSize = 2, insertSpaces = true }
      vim.lsp.util.apply_text_edits(c.ask("textDocument/onTypeFormatting", params), 0, "utf-16") vim.cmd("normal! Gzb")]],
    waits = [[#vim.diagnostic.get(0) == 1]],
    wants = "enum Colour {",
  },
  {
    "Folding", "declarations, comments, data and `use`s.",
    [[c.open("policy.assize") vim.cmd("AssizeFold")]],
    wants = "+--",
  },
  {
    "Selection", "grows from a name to its file; each line is one step.",
    [[c.open("policy.assize") local params = c.place("idle > GRACE") params.positions = { params.position }
      local lines, one = {}, c.ask("textDocument/selectionRange", params)[1]
      while one do table.insert(lines, (c.text(one.range):sub(1, 90))) one = one.parent end
      c.list(lines)]],
    wants = "context.idle > GRACE and not context.mfa",
  },
  {
    "Links", "data files of tests.",
    [[c.open("tests.assize") local found = c.ask("textDocument/documentLink", { textDocument = c.document() })
      c.list(vim.tbl_map(function(it) return c.text(it.range) .. " -> " .. vim.fn.fnamemodify(vim.uri_to_fname(it.target), ":t") end, found))]],
    wants = "-> rows.ndjson",
  },
  {
    "Colours", "by meaning; here as a list, for the policy in lines 12 to 14.",
    [[c.open("policy.assize") vim.cmd("normal! G") c.list(c.tokens(11, 14))]],
    wants = "User: class",
  },
}
