// Log text is written by strangers and read on a terminal: every character that draws nothing or steers the terminal is shown as a symbol, so that
// no record can move the cursor, change colours, reorder a line or hide in it. Used for everything a person sees; data formats escape instead (json-text.ts).

/** The text with control, bidirectional and invisible characters as visible symbols: tab ␉, newline ␊, ESC ␛, DEL ␡, everything else <U+202E>.
 * Kept as they are: the joiners of scripts and emoji (U+200C, U+200D), the two emoji variation selectors, Arabic signs that do draw. */
export function visible(text: string): string {
  return isPlain(text) ? text : text.replace(hiddenCharacters(), symbolOf);
}

/** Whether a text is printable ASCII: nothing in it hides. Most are, and need not wait for the tables of Unicode. */
export function isPlain(text: string): boolean {
  return !/[^ -~]/.test(text);
}

/** A regular expression for every character that draws nothing or steers: C0, DEL, C1, format and bidi controls, line and paragraph separators, lone
 * surrogates, and the rest of Unicode's default ignorables (tags, variation selectors, fillers), in which text can be smuggled. Made at the first call: its tables take two milliseconds. */
export function hiddenCharacters(): RegExp {
  expression ??= new RegExp(hiddenSource, 'gu');
  return expression;
}

let expression: RegExp | undefined;

const hiddenSource =
  '(?![\\u200c\\u200d\\ufe0e\\ufe0f\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u{110bd}\\u{110cd}])' +
  '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]';

function symbolOf(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
