/* Tables of inputs: rows pasted from a spreadsheet, Enter moves down, saving while one types. Everything also works by plain posting. */
(function () {
  'use strict';
  var doc = document;
  function cells(row) { return Array.prototype.slice.call(row.querySelectorAll('input:not([type=hidden]),select')); }

  doc.addEventListener('paste', function (e) {
    var table = e.target.closest && e.target.closest('[data-sheet]');
    if (!table) return;
    var text = e.clipboardData.getData('text').replace(/\r/g, '').replace(/\n$/, '');
    if (text.indexOf('\t') < 0 && text.indexOf('\n') < 0) return;
    e.preventDefault();
    var row = e.target.closest('tr'), column = cells(row).indexOf(e.target);
    text.split('\n').forEach(function (line) {
      if (!row) return;
      var targets = cells(row);
      line.split('\t').forEach(function (value, offset) {
        var cell = targets[column + offset];
        if (!cell || cell.readOnly) return;
        if (cell.tagName === 'SELECT') {
          var match = Array.prototype.find.call(cell.options, function (o) { return o.value === value.trim() || o.text === value.trim(); });
          if (match) cell.value = match.value;
        } else cell.value = value.trim();
        cell.dispatchEvent(new Event('input', { bubbles: true }));
        cell.dispatchEvent(new Event('change', { bubbles: true }));
      });
      row = row.nextElementSibling;
    });
  });

  doc.addEventListener('keydown', function (e) {
    if (e.key !== 'Enter' || e.isComposing || e.ctrlKey || e.target.tagName !== 'INPUT') return;
    var row = e.target.closest('[data-sheet] tr');
    if (!row) return;
    e.preventDefault();
    var below = row.nextElementSibling, column = cells(row).indexOf(e.target);
    if (below && cells(below)[column]) cells(below)[column].focus();
  });

  /* Forms with data-autosave="address" post themselves 2 s after the last change; the answer is a sentence for the status line. */
  Array.prototype.forEach.call(doc.querySelectorAll('form[data-autosave]'), function (form) {
    var timer = 0, busy = false, again = false, status = doc.getElementById(form.dataset.status);
    function say(text, failed) { if (status) { status.textContent = text; status.dataset.tone = failed ? 'bad' : ''; } }
    function save() {
      if (busy) { again = true; return; }
      busy = true;
      fetch(form.dataset.autosave, { method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { Accept: 'application/json', 'X-Autosave': '1' }, credentials: 'same-origin' })
        .then(function (answer) { return answer.json().then(function (body) { return [answer.ok, body]; }); })
        .then(function (result) {
          var version = form.querySelector('input[name=_version]');
          if (result[0] && version && result[1].version) version.value = result[1].version;
          var base = form.querySelector('input[name=base]');
          if (result[0] && base && result[1].base) base.value = result[1].base;
          say(result[1].message || '', !result[0]);
        }, function () { say(form.dataset.offline || '', true); timer = setTimeout(save, 10000); })
        .then(function () { busy = false; if (again) { again = false; save(); } });
    }
    form.addEventListener('input', function () { clearTimeout(timer); timer = setTimeout(save, 2000); });
    form.addEventListener('submit', function () { clearTimeout(timer); });
  });
})();
