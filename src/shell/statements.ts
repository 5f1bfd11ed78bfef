// Where a statement ends: at the first semicolon that stands in no text, name or comment. Pure.

/** What was typed so far, taken apart. */
export interface Split {
  /** Whole statements, without their semicolon; never blank. */
  statements: string[];
  /** What stands behind the last semicolon; '' when that is only white space and comments that have ended. */
  rest: string;
}

/** Splits typed text as DuckDB reads it: '…' with '' inside, E'…' with backslashes, "…", $tag$…$tag$, -- to the end of the line, nested /* *\/. */
export function splitStatements(text: string): Split {
  const statements: string[] = [];
  let from = 0;
  let blank = true;
  const take = (to: number): void => {
    if (!blank) statements.push(text.slice(from, to).trim());
    from = to + 1;
    blank = true;
  };
  for (let at = 0; at < text.length; ) {
    const next = tokenEnd(text, at);
    if (text[at] === ';') take(at);
    else if (isComment(text, at) ? isOpen(text, at) : text.slice(at, next).trim() !== '') blank = false;
    at = next;
  }
  return { statements, rest: blank ? '' : text.slice(from).trimStart() };
}

/** The statement on one line, for the history: line breaks between words become blanks, comments to the end of a line are closed. Where a text or name itself holds a line
 * break the statement keeps its lines. */
export function onOneLine(statement: string): string {
  let line = '';
  for (let at = 0; at < statement.length; ) {
    const next = tokenEnd(statement, at);
    let token = statement.slice(at, next);
    if (token.startsWith('--')) {
      const words = token.slice(2).trim();
      if (words.includes('*/') || words.includes('/*')) return statement;
      token = `/* ${words} */`;
    } else if (token.trim() === '') token = token.includes('\n') ? ' ' : token;
    else if (token.includes('\n')) return statement;
    line += token;
    at = next;
  }
  return line.replace(/ +$/, '');
}

/** The end of what begins at `at`: a text, a name, a comment, a run of white space or word characters, or one other character. What is not closed goes to the end. */
function tokenEnd(text: string, at: number): number {
  const closed = (end: number): number => (end < 0 ? text.length : end);
  const first = text[at]!;
  if (isComment(text, at)) {
    if (first === '/') return closed(blockCommentEnd(text, at));
    const end = text.indexOf('\n', at);
    return closed(end);
  }
  if (first === "'" || first === '"') return quotedEnd(text, at, first, false);
  if (/[eE]/.test(first) && text[at + 1] === "'") return quotedEnd(text, at + 1, "'", true);
  if (first === '$') {
    const [tag] =
      /^\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/.exec(text.slice(at, at + tagUnitsMax)) ?? [];
    if (tag === undefined) return at + 1;
    const end = text.indexOf(tag, at + tag.length);
    return end < 0 ? text.length : end + tag.length;
  }
  for (const run of [/\s/, /[A-Za-z0-9_\u0080-\uffff]/])
    if (run.test(first)) {
      let end = at + 1;
      while (end < text.length && run.test(text[end]!)) end++;
      return end;
    }
  return at + 1;
}

/** Longest tag of a dollar-quoted text: names are short. */
const tagUnitsMax = 64;

function isComment(text: string, at: number): boolean {
  return text.startsWith('--', at) || text.startsWith('/*', at);
}

/** Whether the comment goes on beyond the text: the lines that follow belong to it. */
function isOpen(text: string, at: number): boolean {
  return text[at] === '/' && blockCommentEnd(text, at) < 0;
}

function quotedEnd(text: string, at: number, quote: string, escapes: boolean): number {
  for (let end = at + 1; end < text.length; end++) {
    if (escapes && text[end] === '\\') end++;
    else if (text[end] === quote) {
      if (text[end + 1] !== quote) return end + 1;
      end++;
    }
  }
  return text.length;
}

/** −1 when it does not end. */
function blockCommentEnd(text: string, at: number): number {
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    if (text.startsWith('/*', end)) {
      depth++;
      end++;
    } else if (text.startsWith('*/', end)) {
      depth--;
      end++;
      if (depth === 0) return end + 1;
    }
  }
  return -1;
}
