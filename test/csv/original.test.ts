/** Rows of the original xcapture, whose quotes are not escaped. */
import t from 'tap';
import { fromOriginal, splitOriginalRow } from '../../lib/csv/original.js';

t.test('a text in single quotes may have commas and quotes in it', async (t) => {
  for (const [row, fields] of [
    ["1,'a',2", ['1', 'a', '2']],
    ["'it's, here','b'", ["it's, here", 'b']],
    ["'','x'", ['', 'x']],
    ["'/tmp/'q'.txt',-", ["/tmp/'q'.txt", '-']],
    ["1,'open", ['1', "'open"]],
    ["1,'", ['1', "'"]],
    ['a,,c,', ['a', '', 'c', '']],
    ['"x, ""y""",z', ['x, "y"', 'z']],
    ['', ['']],
  ] as [string, string[]][]) {
    t.strictSame(splitOriginalRow(row), fields, row);
  }
});

t.test('what a column cannot hold is missing', async (t) => {
  t.equal(fromOriginal('-', 'integer'), '');
  t.equal(fromOriginal('12', 'integer'), '12');
  t.equal(fromOriginal('', 'text'), '-');
  t.equal(fromOriginal('-', 'symbols'), '');
  t.equal(fromOriginal('{"a":1}', 'json'), '{"a":1}');
  t.equal(fromOriginal('a=1', 'json'), '-');
  t.equal(fromOriginal('2025-10-04 04:00:01', 'time'), '2025-10-04T04:00:01.000000');
  t.equal(fromOriginal('2025-10-04T04:00:01.123456789', 'time'), '2025-10-04T04:00:01.123456');
  t.equal(fromOriginal('-', 'time'), '');
});
