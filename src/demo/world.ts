// What the demo is about: a company that staffs shifts, three programs that let models fill them, draft mails and write playbooks, and a validator that
// sends bad answers back. Everything is invented: models, sites, workers; no person, company or product is meant.
import type { Random } from './random.ts';

export interface Model {
  name: string;
  provider: string;
  /** Chance that the first answer is accepted. */
  firstShot: number;
  /** Chance that an answer after a rejection is. */
  afterRejection: number;
  /** Chance that it repeats the rejected mistake to the end. */
  stubborn: number;
  /** Median time of one answer. */
  answerMs: number;
}

export const models: readonly Model[] = [
  {
    name: 'osprey-large',
    provider: 'northwind',
    firstShot: 0.94,
    afterRejection: 0.85,
    stubborn: 0.02,
    answerMs: 5200,
  },
  {
    name: 'kestrel-70b',
    provider: 'vllm',
    firstShot: 0.87,
    afterRejection: 0.74,
    stubborn: 0.06,
    answerMs: 3900,
  },
  { name: 'osprey-mini', provider: 'northwind', firstShot: 0.8, afterRejection: 0.68, stubborn: 0.1, answerMs: 1600 },
  { name: 'wren-14b', provider: 'vllm', firstShot: 0.7, afterRejection: 0.6, stubborn: 0.16, answerMs: 1300 },
  {
    name: 'finch-8b',
    provider: 'ollama',
    firstShot: 0.58,
    afterRejection: 0.5,
    stubborn: 0.24,
    answerMs: 900,
  },
];
export const modelWeights = [3, 4, 4, 3, 3] as const;

/** The model that gets worse near the end, so that a trend has something to show. */
export const fadingModel = 'wren-14b';
export const fadingDays = 3;
export const fadedFirstShot = 0.42;

export const daemons = ['validatord', 'validatord-west', 'dispatchd'] as const;
export type Daemon = (typeof daemons)[number];
export const daemonWeights = [5, 3, 2] as const;
/** The one that writes a journal, so that its sessions have spans. */
export const journalingDaemon: Daemon = 'dispatchd';

export const kinds = ['fill', 'email', 'playbook'] as const;
export type Kind = (typeof kinds)[number];
export const kindWeights = [6, 3, 1] as const;
export const maxIterations: Record<Kind, number> = { fill: 5, email: 4, playbook: 4 };

export const roles = ['forklift', 'picker', 'packer', 'line-cook', 'server', 'event-crew', 'receiving'] as const;
export const sites = [
  { name: 'Dock 4', city: 'Reno', state: 'NV' },
  { name: 'Hall B', city: 'Tulsa', state: 'OK' },
  { name: 'Cold Store', city: 'Boise', state: 'ID' },
  { name: 'Riverside', city: 'Dayton', state: 'OH' },
  { name: 'North Yard', city: 'Fresno', state: 'CA' },
] as const;
export const shifts = ['06:00-14:00', '14:00-22:00', '22:00-06:00'] as const;

/** 300 of the ids W-0001 to W-0600: the others look right and are not in the roster. */
export function rosterOf(random: Random): string[] {
  return random.sample(allWorkers, 300).sort();
}

/** An id that looks like a worker's and is none. */
export function phantomOf(random: Random, roster: ReadonlySet<string>): string {
  for (;;) {
    const id = random.pick(allWorkers);
    if (!roster.has(id)) return id;
  }
}

const allWorkers = Array.from({ length: 600 }, (_, index) => `W-${String(index + 1).padStart(4, '0')}`);

export const infraErrors = [
  'connect ECONNREFUSED 127.0.0.1:8000',
  'upstream answered 503 Service Unavailable',
  'context deadline exceeded after 30000 ms',
  'read: connection reset by peer',
  'upstream answered 429 Too Many Requests, retry-after 20',
] as const;

export const dayMs = 86_400_000;
export const spanDays = 10;
