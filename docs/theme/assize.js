// Generated: see editors/grammar.
// Colours for `assize` blocks. The page is highlighted before this runs, so the blocks are done again.
(function () {
  if (typeof hljs === 'undefined') return;
  hljs.registerLanguage('assize', function (hljs) {
    return {
      contains: [
        { className: 'comment', begin: /\/\/\/(?:[^\/\r\n][^\r\n]*)?(?=\r?$)/ },
        { className: 'comment', begin: /\/\/[^\r\n]*/ },
        { className: 'string', begin: /\br(#*)"[^\r\n]*?"\1/ },
        { className: 'string', begin: /\b(?:ip|cidr|time|zone)"(?:[^"\\\r\n]|\\.)*"/ },
        { className: 'string', begin: /"(?:[^"\\\r\n]|\\.)*"?/ },
        { begin: /`[^`\r\n]+`/ },
        { className: 'meta', begin: /@[A-Za-z_][A-Za-z0-9_]*/ },
        { begin: /(?<=\.|::)[A-Za-z_][A-Za-z0-9_]*/ },
        { begin: /(?<=\bhas[ \t])[A-Za-z_][A-Za-z0-9_]*/ },
        { begin: /\b[A-Za-z_][A-Za-z0-9_]*(?=[ \t]*\??[ \t]*:(?!:))/ },
        { className: 'number', begin: /\b(?:[0-9]+(?:ms|[dhms]))+\b/ },
        { className: 'number', begin: /\b[0-9]+(?:\.[0-9]+)?\b/ },
        { className: 'keyword', begin: /\bon[ \t]+error[ \t]+skip\b/ },
        { className: 'keyword', begin: /\bfor[ \t]+at[ \t]+most\b/ },
        { className: 'keyword', begin: /(?<=\bparam[ \t])(?:type|action)\b(?=[ \t]+(?:[A-Za-z_][A-Za-z0-9_]*|`))/ },
        {
          begin: /\benum(?=[ \t]+(?:[A-Za-z_][A-Za-z0-9_]*|`[^`\r\n]+`)[ \t]*\{)/, className: 'keyword', starts: {
            end: /\}/, contains: [hljs.COMMENT('//', '$'), { className: 'type', begin: /\b[A-Z][A-Za-z0-9_]*(?=[ \t]*\{)/ }],
          },
        },
        { className: 'keyword', begin: /(?:^[ \t]*|(?<=[)}][ \t])|(?<=\/ ))\b(?:module|use|entity|enum|type|action|param|const|fn|grant|obligation|test|prove)\b(?=[ \t]+(?:(?:[A-Za-z_][A-Za-z0-9_]*|`)|"|$))(?![ \t]+(?:in|is|has|like|matches|and|or|on|by|to|with)\b)/ },
        { className: 'keyword', begin: /\b(?:external|ordered)\b(?=[ \t]+(?:module|use|entity|enum|type|action|param|const|fn|grant|obligation|test|prove)\b)/ },
        { className: 'keyword', begin: /(?<=\bexternal[ \t]|\bordered[ \t])(?:module|use|entity|enum|type|action|param|const|fn|grant|obligation|test|prove)\b(?=[ \t]+(?:[A-Za-z_][A-Za-z0-9_]*|`))/ },
        { className: 'keyword', begin: /\btrial\b(?=[ \t]+(?:allow|deny)\b)/ },
        { className: 'keyword', begin: /\bexpect\b(?=[ \t]+(?:allow|deny)\b)/ },
        { className: 'keyword', begin: /\b(?:never|always)\b(?=[ \t]+(?:trial|allow|deny)\b)/ },
        { className: 'keyword', begin: /\bdata\b(?=[ \t]*(?:\{|"|r#*"))/ },
        { className: 'keyword', begin: /\blet\b(?=[ \t]+(?:[A-Za-z_][A-Za-z0-9_]*|`)[A-Za-z0-9_ \t`]*=)/ },
        { className: 'keyword', begin: /\ball\b(?=[ \t]*\()/ },
        { className: 'keyword', begin: /(?<=\bis[ \t])some\b/ },
        { className: 'literal', begin: /\b(?:true|false)\b/ },
        { className: 'keyword', begin: /\b(?:allow|deny|to|when|unless|because|oblige)\b/ },
        { className: 'keyword', begin: /\b(?:and|or|not|in|any|if|then|else)\b/ },
        { className: 'keyword', begin: /(?<!\b(?:and|not|then|else|when|unless)[ \t])(?<!\b(?:or|if|in|to)[ \t])(?:(?<=[A-Za-z0-9_"`)\]}?*][ \t])|(?<=[ \t]{2})|(?<=^)|(?<=[)\]}"]))\b(?:on|by|with|includes|as|at|until|for|is|has|like|matches)\b(?![ \t]*(?:[,.;=<>+)\]}]|!=|$))/ },
        { className: 'keyword', begin: /(?<!\b(?:and|not|then|else|when|unless)[ \t])(?<!\b(?:or|if|in|to)[ \t])(?:(?<=[A-Za-z0-9_"`)\]}?*][ \t])|(?<=[ \t]{2})|(?<=^)|(?<=[)\]}"]))\b(?:on|by|with|includes|as|at|until|for|is|has|like|matches)$/ },
        { className: 'built_in', begin: /\b(?:principal|resource|context|now|action)\b/ },
        { className: 'type', begin: /\b[A-Z][A-Za-z0-9_]*\b/ },
        { begin: /\b[A-Za-z_][A-Za-z0-9_]*(?=\()/ },
        { begin: /\b[A-Za-z_][A-Za-z0-9_]*\b/ },
        { begin: /(?:!=|&&|->|<=|==|>=|\?\?|\|\||!|\*|\+|-|<|=|>|\?|\|)/ },
      ],
    };
  });
  if (typeof document === 'undefined') return;
  document.querySelectorAll('code.language-assize').forEach(function (block) {
    block.textContent = block.textContent;
    (hljs.highlightElement || hljs.highlightBlock)(block);
  });
})();
