// Generated: see tests/src/book.rs.
// Colours for `assize` blocks. The page is highlighted before this runs, so the blocks are done again.
(function () {
  if (typeof hljs === 'undefined') return;
  hljs.registerLanguage('assize', function (hljs) {
    return {
      keywords: {
        keyword: 'module use entity external enum ordered type action param const fn allow deny trial grant obligation test prove as to on by with includes when unless because oblige error skip for at most data let expect until never always and or not if then else in is some has like matches any all',
        literal: 'true false',
        built_in: 'Bool Int Decimal String Ip Cidr Datetime Duration Set Map Action principal resource context now',
      },
      contains: [
        hljs.COMMENT('//', '$'),
        { className: 'string', begin: /r(#*)".*?"\1/ },
        { className: 'string', begin: /(\b[a-z]+)?"/, end: /"/, contains: [hljs.BACKSLASH_ESCAPE], illegal: /\n/ },
        { className: 'symbol', begin: /`/, end: /`/, illegal: /\n/ },
        { className: 'meta', begin: /@[A-Za-z_][A-Za-z0-9_]*/ },
        { className: 'number', begin: /\b[0-9]+(\.[0-9]+)?([dhms]|ms)?/ },
        { className: 'type', begin: /\b[A-Z][A-Za-z0-9_]*/ },
      ],
    };
  });
  document.querySelectorAll('code.language-assize').forEach(function (block) {
    block.textContent = block.textContent;
    (hljs.highlightElement || hljs.highlightBlock)(block);
  });
})();
