// How many terminal columns a text takes, and how much of it fits: counted by what a reader sees as one character (grapheme cluster), wide ones as two.
// Expects text that went through visible(). Terminals differ on clusters they do not know; docs/output.md says what is promised.
//
// Written here because the alternatives were measured and lost: string-width 4, which cli-table3 pads with, is wrong on Thai, Hebrew, Arabic, Devanagari and
// every emoji since 2020, so its borders do not line up; string-width 8 is right but its import costs 18 ms of every start. Unicode property escapes are
// as new as the Node that runs them; the ranges beside them are what East Asian Width (UAX #11) adds to the scripts.

/** Columns of a text: 2 for an emoji or a Hangul syllable, for any other cluster the sum of the characters that draw something (wide 2, others 1). */
export function widthOf(text: string): number {
  if (!notSimple.test(text)) return text.length;
  let width = 0;
  for (const { segment } of clusters(text)) width += clusterWidth(segment);
  return width;
}

export interface Fitted {
  text: string;
  width: number;
  /** Whether nothing was left out. */
  whole: boolean;
}

/** The longest head of the text that takes at most that many columns, never half a cluster. */
export function headOf(text: string, columns: number): Fitted {
  if (!notSimple.test(text)) {
    const head = text.slice(0, Math.max(0, columns));
    return { text: head, width: head.length, whole: head.length === text.length };
  }
  let width = 0;
  for (const { segment, index } of clusters(text)) {
    const next = width + clusterWidth(segment);
    if (next > columns) return { text: text.slice(0, index), width, whole: false };
    width = next;
  }
  return { text, width, whole: true };
}

/** Code points of a text: the length a person is told. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      length--;
      at++;
    }
  }
  return length;
}

/** Anything but Latin, Greek, Cyrillic and common punctuation, which take one column a character and form no clusters. Text of those alone is by far the most,
 * and saves the 10 to 20 ms it takes to load the cluster rules. (Negated and without a quantifier: `^[…]*$` overflows the stack on megabytes.) */
const notSimple =
  /[^\x20-\x7e\xa0-\xac\xae-\u02e9\u0370-\u0482\u048a-\u0557\u2010-\u2027\u2190-\u21ff\u2400-\u2426\u2500-\u259f]/;

let segmenter: Intl.Segmenter | undefined;
function clusters(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

function clusterWidth(cluster: string): number {
  if (emoji.test(cluster)) return 2;
  if (jamo.test(cluster)) return 2;
  let width = 0;
  for (const character of cluster) {
    if (character === '\u200d') break;
    if (drawn.test(character)) width += wide.test(character) && !narrow.test(character) ? 2 : 1;
  }
  return width;
}

// A character with emoji presentation, one that asks for it with U+FE0F, or a flag; then whatever is joined to it.
const emoji =
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{Regional_Indicator}|\p{Extended_Pictographic}.*\u200d\p{Extended_Pictographic})/u;
// Letters that combine into one Hangul syllable.
const jamo = /^[\u1100-\u115f\ua960-\ua97c]/;
const drawn = /[^\p{Cc}\p{Cf}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]|[\u0600-\u0605\u06dd\u0890\u0891\u08e2]/u;
const wide =
  /[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Bopomofo}\p{sc=Yi}\p{sc=Tangut}\p{sc=Nushu}\p{sc=Khitan_Small_Script}\u2329\u232a\u2630-\u2637\u268a-\u268f\u2ff0-\u303e\u3099-\u33ff\u4dc0-\u4dff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}]/u;
const narrow = /[\u02ea\u02eb\u1160-\u11ff\u3248-\u324f\ud7b0-\ud7ff\uff61-\uffdc]/;
