/* Every page works without this file. ES2019, Chromium 86 and newer; no inline handlers. */
(function () {
  'use strict';
  var doc = document, root = doc.documentElement;
  function all(selector, within) { return Array.prototype.slice.call((within || doc).querySelectorAll(selector)); }
  var english = root.lang.slice(0, 2) === 'en';
  var words = english
    ? { d: ' d ', h: ' h ', m: ' min', over: 'over by ', offline: 'No network, nothing was sent. Press again once you are connected.', unit: { d: 'd', h: 'h', m: 'min' } }
    : { d: ' 天 ', h: ' 小时 ', m: ' 分', over: '超 ', offline: '没有网络，没有提交。连上以后再按一次。', unit: { d: '天', h: '小时', m: '分' } };

  /* Clocks count by the server's time: office computers often show a wrong one. */
  var skew = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0;
  function now() { return Date.now() + skew; }

  /* The same thresholds as webapp/core/display.py: under 6 h hot, under 24 h (and the last 40 %) soon. */
  function level(left, total) {
    if (left < 0) return 'over';
    if (left < 6 * 36e5) return 'hot';
    return left < 24 * 36e5 && (!total || left / total < 0.4) ? 'soon' : '';
  }
  function pieces(left) {
    var minutes = Math.floor(Math.abs(left) / 6e4), d = Math.floor(minutes / 1440), h = Math.floor(minutes % 1440 / 60), m = minutes % 60;
    return d ? [[d, 'd'], [h, 'h']] : h ? [[h, 'h'], [m, 'm']] : [[m, 'm']];
  }
  function tick(within) {
    all('[data-countdown]', within).forEach(function (el) {
      var due = Date.parse(el.dataset.countdown), start = el.dataset.start ? Date.parse(el.dataset.start) : 0;
      var left = due - now(), parts = pieces(left), grade = level(left, start ? due - start : 0);
      if (el.dataset.fmt !== 'big') {
        var prefix = el.dataset.prefix || '';
        el.textContent = prefix + (left < 0 ? words.over : '') + parts.map(function (p) { return p[0] + words[p[1]]; }).join('').trim();
        el.dataset.level = grade;
        return;
      }
      el.textContent = left < 0 ? words.over : '';
      parts.forEach(function (p) {
        el.appendChild(doc.createTextNode(p[0]));
        var unit = doc.createElement('small');
        unit.textContent = words.unit[p[1]];
        el.appendChild(unit);
      });
      var box = el.closest('.ck');
      if (box && box.dataset.level !== 'done') box.dataset.level = grade;
    });
  }
  tick();
  setInterval(tick, 30000);
  doc.addEventListener('htmx:afterSwap', function (e) { tick(e.target); });

  /* Cross-site request forgery token for htmx, taken from any form of the page. */
  doc.addEventListener('htmx:configRequest', function (e) {
    var token = doc.querySelector('input[name=csrf_token]');
    if (token) e.detail.headers['X-CSRFToken'] = token.value;
  });

  /* Long parts start folded on a phone; the error summary takes the focus. */
  if (innerWidth <= 760) all('details.fold').forEach(function (d) { d.open = false; });
  /* What is folded on the screen stands open on paper. */
  var folded = [];
  addEventListener('beforeprint', function () {
    folded = all('main details:not([open])').filter(function (d) { return !d.querySelector('form'); });
    folded.forEach(function (d) { d.open = true; });
  });
  addEventListener('afterprint', function () { folded.forEach(function (d) { d.open = false; }); });
  /* The bar under a sheet to sign leaves when the panel itself is in view. */
  var panel = doc.getElementById('sign');
  if (panel && doc.querySelector('.signbar')) {
    new IntersectionObserver(function (seen) { doc.body.classList.toggle('sign-seen', seen[0].isIntersecting); }).observe(panel);
  }
  /* "Fill this in" says nothing at the top of a long form: the summary names the field. */
  all('.errsum a[href^="#f-"]').forEach(function (link) {
    var field = doc.getElementById(link.hash.slice(1)), label = field && (field.labels && field.labels[0] || field.querySelector('legend'));
    var name = label && label.firstChild ? label.firstChild.textContent.trim() : field && field.getAttribute('aria-label');
    if (name && link.textContent.indexOf(name) < 0) link.textContent = name + (english ? ': ' : '：') + link.textContent;
  });
  var wrong = doc.querySelector('[data-focus]');
  if (wrong) wrong.focus();

  /* A form sent twice would be done once (its key), but one press is clearer. */
  doc.addEventListener('submit', function (e) {
    var form = e.target;
    if (form.method !== 'post' || e.defaultPrevented) return;
    var told = form.querySelector('.offline');
    if (told) told.remove();
    if (navigator.onLine === false) {  /* the browser's own error page would take what was typed off the screen */
      e.preventDefault();
      told = doc.createElement('p');
      told.className = 'banner banner-bad offline';
      told.setAttribute('role', 'alert');
      told.textContent = words.offline;
      form.appendChild(told);
      return;
    }
    if (form.dataset.sent !== undefined) { e.preventDefault(); return; }
    form.dataset.sent = '';
    setTimeout(function () { delete form.dataset.sent; }, 5000);  /* an answer that is a download leaves the page as it is */
  });

  doc.addEventListener('click', function (e) {
    var phrase = e.target.closest('[data-phrase]');
    if (phrase) { var into = doc.getElementById(phrase.dataset.into); into.value = phrase.dataset.phrase; into.focus(); }
    all('details.menu[open]').forEach(function (menu) { if (!menu.contains(e.target)) menu.open = false; });
  });

  /* The label of a button follows the chosen radio: <button data-follows="verdict" data-words-approve="…">. */
  all('[data-follows]').forEach(function (button) {
    function follow() {
      var chosen = button.form.querySelector('input[name="' + button.dataset.follows + '"]:checked');
      if (!chosen) return;
      var text = button.getAttribute('data-words-' + chosen.value);
      if (text) button.textContent = text;
      button.classList.toggle('btn-danger-solid', chosen.value === 'reject');
    }
    button.form.addEventListener('change', follow);
    follow();
  });

  /* Keys: "/" search, "g" then a letter goes to a page of the navigation, Escape closes the menu. Off by data-keys. */
  var armed = 0;
  doc.addEventListener('keydown', function (e) {
    if (e.key === 'Escape') all('details.menu[open]').forEach(function (menu) { menu.open = false; menu.firstElementChild.focus(); });
    if ((e.ctrlKey || e.metaKey) && e.key === 'Enter' && e.target.form && e.target.form.requestSubmit) { e.target.form.requestSubmit(); return; }
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) || e.isComposing || e.ctrlKey || e.metaKey || e.altKey || root.dataset.keys === 'off') return;
    if (e.key === '/') { var search = doc.querySelector('[data-search]'); if (search) { e.preventDefault(); search.focus(); } }
    if (armed && Date.now() - armed < 1200) { var to = doc.querySelector('[data-key="' + CSS.escape(e.key) + '"]'); if (to) to.click(); armed = 0; }
    else armed = e.key === 'g' ? Date.now() : 0;
  });
})();
