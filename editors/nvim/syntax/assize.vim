" Colours before the server answers, and where there is none.
if exists("b:current_syntax")
  finish
endif

syntax match assizeComment "//.*$" contains=@Spell
syntax match assizeDoc "///.*$" contains=@Spell
syntax region assizeString start=+"+ skip=+\\\\\|\\"+ end=+"+
syntax match assizeLiteral "\<\(ip\|cidr\|time\|zone\)\ze\""
syntax match assizeNumber "\<\d\+\(\.\d\+\|\(ms\|[smhd]\)\(\d\+\(ms\|[smhd]\)\)*\)\?\>"
syntax match assizeAnnotation "@\w\+"
syntax match assizeType "\<\u\w*\>"
" Words from the table of tokens: see editors/grammar.
syntax keyword assizeDeclaration module use entity external enum ordered type action param const fn grant obligation test prove
syntax keyword assizeEffect allow deny trial
syntax keyword assizeClause as to on by with includes when unless because oblige error skip for at most data let expect until never always
syntax keyword assizeOperator and or not if then else in is some has like matches any all
syntax keyword assizeConstant true false
" End of the words.

highlight default link assizeComment Comment
highlight default link assizeDoc SpecialComment
highlight default link assizeString String
highlight default link assizeLiteral Special
highlight default link assizeNumber Number
highlight default link assizeAnnotation PreProc
highlight default link assizeType Type
highlight default link assizeDeclaration Structure
highlight default link assizeEffect Statement
highlight default link assizeClause Keyword
highlight default link assizeOperator Operator
highlight default link assizeConstant Boolean

let b:current_syntax = "assize"
