// A key that an object of a JSON text has twice: JSON.parse keeps the last and says nothing, so that a setting somebody wrote would not be kept.

/** The first such key and its 1-based line; null when there is none. `text` is valid JSON. */
export function repeatedKey(text: string): { key: string; line: number } | null {
  /** The keys of the objects that are open; null for a list. */
  const open: (Set<string> | null)[] = [];
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}:]/g)];
  for (const [index, { 0: token, index: at }] of tokens.entries()) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : null);
    else if (token === '}' || token === ']') open.pop();
    else if (token !== ':' && tokens[index + 1]?.[0] === ':') {
      const key = JSON.parse(token) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return { key, line: text.slice(0, at).split('\n').length };
      keys?.add(key);
    }
  }
  return null;
}
