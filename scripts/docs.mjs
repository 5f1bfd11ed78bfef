// `npm run docs`: writes docs/reference/ from the code.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluate } from './evaluate.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'reference');
const { referencePages } = await evaluate('scripts/reference.ts');
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(referencePages())) writeFileSync(join(folder, name), text);
