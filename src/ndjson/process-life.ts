// Which process wrote something, and whether it lives. A number means a process only on its host, since its boot, in its namespace; and it is given again.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from '../errors.ts';

export interface ProcessIdentity {
  pid: number;
  /** When the process started, in clock ticks since boot: tells a pid used again from the old one. Empty where the system does not say. */
  started: string;
  /** Host, boot and pid namespace: a pid means something only inside them. */
  realm: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, started: statOf(process.pid).started, realm: realmHere() };
}

/** Null where nobody can tell: it belongs to another host or container. */
export function hasEnded(one: ProcessIdentity): boolean | null {
  if (one.realm !== realmHere()) return null;
  if (!isRunning(one.pid)) return true;
  const { state, started } = statOf(one.pid);
  // A killed process that nobody has waited for yet still answers to signals; it has let go of everything but its number.
  if (state === 'Z' || state === 'X') return true;
  return started !== '' && one.started !== '' && started !== one.started;
}

/** Whether a process has this number here and now, whosever it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/** Fields 3 and 22 of /proc/PID/stat (proc(5)), counted behind the command's name, which may hold spaces and brackets; '' where there is no /proc. */
function statOf(pid: number): { state: string; started: string } {
  const stat = textOf(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

/** The realm of this process. */
export function realmHere(): string {
  realm ??= [hostname(), textOf('/proc/sys/kernel/random/boot_id'), namespaceOf()].join(' ');
  return realm;
}

let realm: string | undefined;

function namespaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return '';
  }
}
