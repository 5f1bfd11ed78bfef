// The ways to write a record that are compared. `open` returns append and finish; finish resolves when every record has been handed to the kernel.
// `synchronous`: append hands over (or batches) without the event loop, so that it can be measured in turns.
import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs';
import { journalRecords } from './records.mjs';

export const contenders = {
  bare: {
    title: 'bare fs.writeSync loop',
    synchronous: true,
    latency: true,
    open: async (path) => {
      const fd = openSync(path, 'a');
      return {
        append: (record) => void writeSync(fd, `${JSON.stringify(record)}\n`),
        finish: async () => closeSync(fd),
      };
    },
  },
  direct: {
    title: 'openLog direct',
    synchronous: true,
    latency: true,
    needs: ['log'],
    open: (path, modules) => log(path, modules, { mode: 'direct', sync: 'never' }),
  },
  'direct-interval': {
    title: 'openLog direct, fsync every 5 s (default)',
    latency: true,
    needs: ['log'],
    open: (path, modules) => log(path, modules, { mode: 'direct' }),
  },
  reopen: {
    title: 'open, append, close per record',
    synchronous: true,
    latency: true,
    open: async (path) => ({
      append: (record) => appendFileSync(path, `${JSON.stringify(record)}\n`),
      finish: async () => {},
    }),
  },
  'pino-sync': {
    title: 'pino, synchronous destination',
    synchronous: true,
    latency: true,
    open: (path) => withPino(path, { sync: true }),
  },
  'pino-sync-bare': {
    title: 'pino, synchronous, without its time, pid and host',
    synchronous: true,
    open: (path) => withPino(path, { sync: true }, { base: null, timestamp: false }),
  },
  'sonic-sync': {
    title: 'sonic-boom, synchronous',
    synchronous: true,
    open: (path) => withSonic(path, { sync: true }),
  },
  batch: {
    title: 'hand-written 64 KiB batch loop',
    synchronous: true,
    open: async (path) => {
      const fd = openSync(path, 'a');
      let batch = '';
      return {
        append: (record) => {
          batch += `${JSON.stringify(record)}\n`;
          if (batch.length < 65_536) return;
          writeSync(fd, batch);
          batch = '';
        },
        finish: async () => {
          writeSync(fd, batch);
          closeSync(fd);
        },
      };
    },
  },
  buffered: {
    title: 'openLog buffered',
    synchronous: true,
    latency: true,
    needs: ['log'],
    open: (path, modules) => log(path, modules, { mode: 'buffered', sync: 'never' }),
  },
  'pino-async': {
    title: 'pino, asynchronous destination',
    latency: true,
    open: (path) => withPino(path, { sync: false, minLength: 4_096 }, { base: null, timestamp: false }),
  },
  'sonic-async': {
    title: 'sonic-boom, asynchronous',
    open: (path) => withSonic(path, { sync: false, minLength: 4_096 }),
  },
  session: {
    title: 'SessionLogger (validates, redacts)',
    synchronous: true,
    latency: true,
    needs: ['front'],
    sizes: ['large'],
    open: (path, modules) => sessionLogger(path, modules, {}),
  },
  'session-plain': {
    title: 'SessionLogger, redact: false',
    synchronous: true,
    needs: ['front'],
    sizes: ['large'],
    open: (path, modules) => sessionLogger(path, modules, { redact: false }),
  },
  journal: {
    title: 'createJournalSink (validates, redacts)',
    synchronous: true,
    latency: true,
    needs: ['front'],
    records: journalRecords,
    open: (path, modules) => journalSink(path, modules, {}),
  },
  'journal-plain': {
    title: 'createJournalSink, redact: false',
    synchronous: true,
    needs: ['front'],
    records: journalRecords,
    open: (path, modules) => journalSink(path, modules, { redact: false }),
  },
};

/** `mine` must be at least `atLeast` times as fast as `against`; 0 is for comparison only. */
export const pairs = [
  { mine: 'direct', against: 'bare', atLeast: 0.9 },
  { mine: 'direct', against: 'pino-sync', atLeast: 1.5 },
  { mine: 'direct', against: 'pino-sync-bare', atLeast: 0 },
  { mine: 'direct', against: 'sonic-sync', atLeast: 0 },
  { mine: 'direct', against: 'reopen', atLeast: 0 },
  { mine: 'buffered', against: 'batch', atLeast: 0.85 },
  { mine: 'buffered', against: 'pino-async', atLeast: 1 },
  { mine: 'buffered', against: 'sonic-async', atLeast: 1 },
  { mine: 'direct-interval', against: 'direct', atLeast: 0 },
  { mine: 'session-plain', against: 'direct', atLeast: 0 },
  { mine: 'session', against: 'session-plain', atLeast: 0 },
  { mine: 'journal-plain', against: 'direct', atLeast: 0 },
  { mine: 'journal', against: 'journal-plain', atLeast: 0 },
];

async function log(path, modules, options) {
  const { openLog } = await import(modules.log);
  const opened = openLog({ path, ...options });
  return { append: (record) => opened.append(record), finish: () => opened.close() };
}

async function sessionLogger(path, modules, options) {
  const { SessionLogger } = await import(modules.front);
  const logger = new SessionLogger({ path, sync: 'never', ...options });
  return { append: (record) => logger.append(record), finish: () => logger.close() };
}

async function journalSink(path, modules, options) {
  const { createJournalSink } = await import(modules.front);
  const sink = createJournalSink({ path, sync: 'never', ...options });
  return { append: (record) => sink.append(record), finish: () => sink.close() };
}

async function withPino(path, destinationOptions, options = {}) {
  const { default: pino } = await import('pino');
  const destination = pino.destination({ dest: path, ...destinationOptions });
  const logger = pino(options, destination);
  return { append: (record) => logger.info(record), finish: () => ended(destination) };
}

async function withSonic(path, options) {
  const { default: SonicBoom } = await import('sonic-boom');
  const destination = new SonicBoom({ dest: path, ...options });
  return {
    append: (record) => void destination.write(`${JSON.stringify(record)}\n`),
    finish: () => ended(destination),
  };
}

function ended(destination) {
  return new Promise((done, fail) => {
    destination.once('close', done);
    destination.once('error', fail);
    destination.end();
  });
}
