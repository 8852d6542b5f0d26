/** README.rst in docutils and report.md in GitHub's own parser: valid, and hostile text stays text. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { escapeMarkdown, renderMarkdown } from '../../report/render/markdown.ts';
import { escapeRst, renderRst } from '../../report/render/rst.ts';
import { visibleLine } from '../../report/text.ts';
import { hostileText, hostileTexts } from '../report/hostile.ts';
import { type Recorded, recorded } from '../report/recorded.ts';
import { sampleResult, sampleRun, sampleRuns } from '../report/sample.ts';
import { sampleRendering } from '../report/sample-report.ts';
import { requirePart } from '../require.ts';
import { onPath } from './on-path.ts';
import { fromSample, reportFolder } from './report-files.ts';

// The two, as subprocesses, take many texts at once: paragraphs of one document.
const texts = [...hostileTexts, ...fc.sample(hostileText, { numRuns: 400, seed: 3 })].filter(
  (text) => visibleLine(text).trim() !== '',
);
const hostileResult = sampleResult(
  [
    sampleRun({ lock: 'none', crashed: true }),
    ...hostileTexts.map((lock) => ({ ...sampleRun({ nThreads: 2 }), lock })),
  ],
  { module: { name: hostileTexts[0] ?? '', files: texts } },
);
hostileResult.build.warnings = texts.map((message) => ({
  file: message,
  line: 1,
  severity: 'note',
  message,
  flag: message,
}));
const hostile = sampleRendering(hostileResult, {
  student: { name: hostileTexts.join(' '), group: '*', conclusions: { text: texts.join('\n\n') } },
});
const words = (text: string) => text.replace(/\s+/g, ' ').trim();

const reports: [title: string, report: Recorded][] = [
  ['a recorded result', await recorded()],
  ['1024 threads', await fromSample(sampleResult(sampleRuns({ nThreads: 1024 })), 'pictures')],
  ['a crash', await fromSample(sampleResult([sampleRun({ crashed: true })]), 'no pictures')],
];

/** The system Python: docutils is a package of the system's, and another Python on the PATH would not have it. */
const python = '/usr/bin/python3';
const docutils = await execa(python, ['-c', 'import docutils'], { reject: false });

describe.skipIf(
  !requirePart('docutils', docutils.exitCode === 0, `${python} has no docutils (python3-docutils)`),
)('README.rst in docutils', () => {
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

  /** Paragraphs and kinds of nodes; fails on the first warning. Files and raw HTML may be asked for: we want to see that. */
  async function parse(
    source: string,
  ): Promise<{ paragraphs: string[]; nodes: Record<string, number>; images: string[] }> {
    const program = `
import collections, json, sys
from docutils.core import publish_doctree
from docutils import nodes
tree = publish_doctree(sys.stdin.buffer.read().decode('utf-8'), settings_overrides={'halt_level': 2, 'report_level': 2, 'input_encoding': 'unicode'})
print(json.dumps({
  'paragraphs': [n.astext() for n in tree.findall(nodes.paragraph)],
  'nodes': collections.Counter(type(n).__name__ for n in tree.findall()),
  'images': [n['uri'] for n in tree.findall(nodes.image)],
}))`;
    const { stdout } = await execa(python, ['-c', program], { input: source, timeout: 60_000 });
    return JSON.parse(stdout);
  }

  it.each(reports)('is valid for %s, and its pictures are there', async (_, report) => {
    const folder = await reportFolder(report);
    folders.push(folder);
    const { images, nodes } = await parse(await readFile(join(folder, 'README.rst'), 'utf8'));
    expect(images.length).toBeGreaterThan(2);
    for (const image of images) expect((await readFile(join(folder, image))).length).toBeGreaterThan(100);
    expect(nodes.table).toBeGreaterThan(4);
    expect(nodes.system_message).toBeUndefined();
  });

  it('shows every hostile text as it is', async () => {
    const { paragraphs, nodes } = await parse(texts.map(escapeRst).join('\n\n'));
    expect(paragraphs.map(words)).toEqual(texts.map((text) => words(visibleLine(text))));
    expect(Object.keys(nodes).sort()).toEqual(['Text', 'document', 'paragraph']);
  });

  it('holds a whole report of hostile texts', async () => {
    const { nodes, images } = await parse(renderRst(hostile));
    for (const kind of [
      'raw',
      'reference',
      'problematic',
      'system_message',
      'emphasis',
      'target',
      'substitution_reference',
    ])
      expect(nodes, kind).not.toHaveProperty(kind);
    expect(new Set(images)).toEqual(new Set(images.filter((image) => image.startsWith('img/'))));
    expect(nodes.section).toBe(hostile.document.sections.length + 2);
  });
});

const cmark = onPath('cmark-gfm');

describe.skipIf(!requirePart('cmark-gfm', cmark !== undefined, 'cmark-gfm is not on the PATH'))(
  'report.md in GitHub’s parser',
  () => {
    async function toHtml(source: string): Promise<string> {
      const extensions = ['table', 'autolink', 'strikethrough', 'tagfilter'].flatMap((name) => ['-e', name]);
      const { stdout } = await execa(cmark ?? '', ['--unsafe', ...extensions], {
        input: source,
        timeout: 60_000,
      });
      return stdout;
    }
    const decode = (html: string) =>
      html
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&quot;/g, '"')
        .replace(/&amp;/g, '&');
    /** GitHub's parser makes a link of an address of mail whatever is escaped; it leads to a mail program, no further. */
    const withoutMail = (html: string) => html.replace(/<a href="(?:mailto|xmpp):[^"]*">(.*?)<\/a>/g, '$1');

    it('shows every hostile text as it is', async () => {
      const html = withoutMail(await toHtml(texts.map(escapeMarkdown).join('\n\n')));
      const shown = html
        .trim()
        .split('\n')
        .map((line) => /^<p>([^<]*)<\/p>$/.exec(line)?.[1] ?? `markup: ${line}`);
      expect(shown.map((text) => words(decode(text)))).toEqual(texts.map((text) => words(visibleLine(text))));
    });

    it('holds a whole report of hostile texts: as many cells and tags as without them', async () => {
      const html = withoutMail(await toHtml(renderMarkdown(hostile)));
      expect(html).not.toMatch(/<script|onerror=alert\(1\)>|<a |<em>|<del>/);
      expect(html.match(/<td>✓ right<\/td>\n<\/tr>/g)).toHaveLength(hostileTexts.length);
      expect(html.match(/<h2>/g)).toHaveLength(hostile.document.sections.length);
      expect([...html.matchAll(/<img src="([^"]*)"/g)].every(([, path]) => path?.startsWith('img/'))).toBe(
        true,
      );
    });

    it('reads the default report: tables, pictures, folds', async () => {
      const html = await toHtml(renderMarkdown(sampleRendering()));
      expect(html.match(/<table>/g)?.length).toBeGreaterThan(6);
      expect(html.match(/<img src="img\//g)).toHaveLength(7);
      expect(html.match(/<details>/g)).toHaveLength(3);
      expect(html).toContain('<pre><code class="language-text">[');
    });
  },
);
