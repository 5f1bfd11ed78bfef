// The shell on a terminal: Node's line editor with the history, a continuation prompt, Tab, Ctrl-C for what runs or is typed, Ctrl-D to leave. The terminal stays in the
// editor's hands while a statement runs: that is how Ctrl-C is heard without ending anything; what is typed meanwhile is not echoed and waits for the prompt.
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { historyEntriesMax } from '../limits.ts';
import type { Completer } from './completion.ts';
import { isDotCommand } from './dot-commands.ts';
import type { History } from './history.ts';
import { createReader } from './reader.ts';
import type { Session } from './session.ts';
import { onOneLine } from './statements.ts';

export interface Terminal {
  /** Reads and runs until the user leaves. */
  serve(session: Session, history: History, completer: Completer): Promise<void>;
  /** Gives the terminal to another program until the function that comes back is called. */
  handOver(): () => void;
}

export function openTerminal(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Terminal {
  const screen = mutable(output);
  let editor: Interface | null = null;
  return {
    async serve(session, history, completer) {
      const reader = createReader(async (typed, _line, indented) => {
        history.add(`${indented ? ' ' : ''}${isDotCommand(typed) ? typed : `${onOneLine(typed)};`}`);
        return session.run(typed);
      });
      const rl = createInterface({
        input,
        output: screen.stream,
        terminal: true,
        historySize: historyEntriesMax,
        completer: (line: string, done: (error: Error | null, found: [string[], string]) => void) => {
          completer.complete(reader.pending(), line).then(
            (found) => done(null, found),
            () => done(null, [[], line]),
          );
        },
      });
      editor = rl;
      // Statements are remembered whole, not line by line.
      const remember = () => Object.assign(rl, { history: [...history.entries()].reverse() });
      const prompt = () => {
        remember();
        screen.mute(false);
        rl.setPrompt(reader.pending() === '' ? firstPrompt : nextPrompt);
        rl.prompt(true);
      };
      const lines: string[] = [];
      let busy = false;
      let left = false;
      const drain = async (): Promise<void> => {
        busy = true;
        screen.mute(true);
        while (lines.length > 0 && !left) {
          const outcome = await reader.feed(lines.shift()!);
          if (outcome === 'quit') left = true;
          // What was pasted behind a statement that failed was meant for another world.
          if (outcome === 'failed') lines.length = 0;
        }
        busy = false;
      };
      await new Promise<void>((resolve, reject) => {
        rl.on('line', (line) => {
          lines.push(line);
          if (busy) return;
          drain().then(() => (left ? rl.close() : prompt()), reject);
        });
        rl.on('SIGINT', () => {
          if (busy) {
            lines.length = 0;
            session.cancel();
            return;
          }
          screen.stream.write('^C\n');
          reader.drop();
          rl.write(null, { ctrl: true, name: 'e' });
          rl.write(null, { ctrl: true, name: 'u' });
          prompt();
        });
        rl.on('close', () => {
          left = true;
          if (busy) session.cancel();
          resolve();
        });
        prompt();
      });
      editor = null;
      screen.mute(false);
      screen.stream.write('\n');
    },
    handOver() {
      editor?.pause();
      input.setRawMode(false);
      return () => {
        if (editor === null) return;
        input.setRawMode(true);
        editor.resume();
      };
    },
  };
}

const firstPrompt = 'lakeobs> ';
const nextPrompt = '    ...> ';

/** The terminal as the line editor writes to it; muted, nothing it writes is seen. */
function mutable(output: NodeJS.WriteStream): { stream: Writable; mute(on: boolean): void } {
  let muted = false;
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      // At once: what waited would be seen, or not, by what holds later.
      if (!muted) output.write(text);
      done();
    },
  });
  for (const name of ['columns', 'rows', 'isTTY'] as const)
    Object.defineProperty(stream, name, { get: () => output[name] });
  output.on('resize', () => stream.emit('resize'));
  return {
    stream,
    mute: (on) => {
      muted = on;
    },
  };
}
