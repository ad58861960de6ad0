// Runs before first paint. Names the theme on <html> so that base.css can colour the empty page.
// The rules are those of resolveScheme in src/lib/prefs.ts.
(function () {
  var choice = 'system';
  try {
    choice = JSON.parse(localStorage.getItem('firstmate.prefs') || '{}').theme || 'system';
  } catch {
    // Storage may be blocked; the system's choice is a good one.
  }
  if (choice === 'system') {
    choice = matchMedia('(prefers-contrast: more)').matches
      ? 'contrast'
      : matchMedia('(prefers-color-scheme: dark)').matches
        ? 'dark'
        : 'light';
  }
  document.documentElement.dataset.scheme = choice;
})();
