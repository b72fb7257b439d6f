// Walks forms with ODK's own engine. In: JSON jobs on stdin; out: one JSON line a job, the states of
// all nodes after loading and after every move. The clock stands still at the job's moment.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { JSDOM } from 'jsdom';

const require = createRequire(import.meta.url);
const { window } = new JSDOM('');
const NEEDED = [
  'Attr', 'CDATASection', 'CharacterData', 'Comment', 'DOMException', 'DOMParser', 'Document',
  'DocumentFragment', 'Element', 'Node', 'NodeList', 'ProcessingInstruction', 'Text',
  'XMLDocument', 'XMLSerializer', 'document',
];
for (const name of NEEDED) globalThis[name] = window[name];

const RealDate = Date;
let moment = 0;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    given.length ? super(...given) : super(moment);
  }
  static now() {
    return moment;
  }
};

// Its expression parser was bundled for browsers and asks Node for these two.
globalThis.require = require;
globalThis.__dirname = dirname(require.resolve('@getodk/xforms-engine'));
const { createInstance } = await import('@getodk/xforms-engine');

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  let answer;
  try {
    answer = { states: await walk(job) };
  } catch (error) {
    answer = { error: String(error?.message ?? error).slice(0, 300) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}

async function walk(job) {
  moment = RealDate.parse(job.now);
  const files = async () =>
    new Response(job.places, { headers: { 'content-type': 'text/csv' } });
  const { root } = await createInstance(job.xml, { form: { fetchFormAttachment: files } });
  const states = [states_of(root)];
  for (const move of job.moves) {
    act(root, move);
    states.push(states_of(root));
  }
  return states;
}

function act(root, move) {
  const node = find(root, move.path);
  if (!node) throw new Error(`no node at ${move.path}`);
  switch (node.nodeType) {
    case 'repeat-range:uncontrolled':
      node.addInstances();
      break;
    case 'select':
      node.selectValues(move.value.split(' ').filter(Boolean));
      break;
    case 'trigger':
      node.setValue(move.value === 'OK');
      break;
    case 'input':
      node.setValue(move.value === '' && node.valueType !== 'string' ? null : typed(node, move));
      break;
    default:
      throw new Error(`cannot set ${node.nodeType}`);
  }
}

function typed(node, { value }) {
  if (node.valueType !== 'geopoint') return value;
  const [latitude, longitude, altitude, accuracy] = value.split(' ').map(Number);
  return { latitude, longitude, altitude, accuracy };
}

function find(node, path) {
  if (node.currentState.reference === path) return node;
  for (const child of node.currentState.children ?? []) {
    const found = find(child, path);
    if (found) return found;
  }
  return null;
}

function states_of(root) {
  const states = {};
  collect(root, states);
  return states;
}

function collect(node, states) {
  const now = node.currentState;
  if (!now.reference.endsWith('/meta')) {
    const leaf = now.children === null;
    states[now.reference] = {
      relevant: now.relevant,
      ...(leaf && {
        value: now.instanceValue ?? '',
        required: now.required,
        valid: node.validationState.constraint.valid,
      }),
      ...(now.valueOptions && { options: now.valueOptions.map((option) => option.value) }),
    };
    for (const child of now.children ?? []) collect(child, states);
  }
}
