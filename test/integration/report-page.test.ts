/** report.html in a real browser: light, dark, on paper, on a telephone. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileTexts } from '../report/hostile.ts';
import { recorded } from '../report/recorded.ts';
import { sampleResult, sampleRun, sampleRuns } from '../report/sample.ts';
import { requirePart } from '../require.ts';
import { fromSample, reportFolder } from './report-files.ts';

const executablePath = process.env.LAB3_CHROMIUM ?? '/usr/bin/chromium';
const present = requirePart(
  'chromium',
  existsSync(executablePath),
  `no browser at ${executablePath} (LAB3_CHROMIUM)`,
);

const results = {
  'a recorded result': await recorded(),
  'a result with 1024 threads': await fromSample(
    sampleResult(sampleRuns({ nThreads: 1024, vcpus: 4 })),
    'pictures',
  ),
  'a crash and hostile texts': await fromSample(
    sampleResult(
      [
        sampleRun({ lock: 'none', crashed: true }),
        ...hostileTexts.map((lock) => sampleRun({ lock, nThreads: 2 })),
      ],
      { module: { name: hostileTexts.join(' '), files: [...hostileTexts, 'x'.repeat(300)] } },
    ),
    'no pictures',
  ),
};

/** What report-page-look.js finds. */
interface Seen {
  overflow: number;
  brokenImages: string[];
  namelessPictures: number;
  headings: number[];
  tables: number;
  tablesWithoutHeaders: number;
  duplicateIds: string[];
  deadLinks: string[];
  linksOut: string[];
  faint: string[];
}
const look = await readFile(new URL('report-page-look.js', import.meta.url), 'utf8');

describe.skipIf(!present).each(Object.entries(results))('report.html of %s', (_, report) => {
  let folder = '';
  let profile = '';
  let browser: BrowserContext;

  beforeAll(async () => {
    folder = await reportFolder(report);
    profile = await mkdtemp(join(tmpdir(), 'lab3-chromium-'));
    browser = await chromium.launchPersistentContext(profile, {
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
    await rm(profile, { recursive: true, force: true });
  });

  /** Opens the page; whatever it complains about or asks for beyond itself is in `complaints`. */
  async function open(
    width: number,
    colorScheme: 'light' | 'dark',
  ): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!/^(?:file|data):/.test(request.url())) complaints.push(request.url());
    });
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.goto(pathToFileURL(join(folder, 'report.html')).href);
    return { page, complaints };
  }

  it.each([
    ['light', 1100],
    ['dark', 1100],
    ['light', 400],
  ] as const)('reads well in %s at %i pixels', async (scheme, width) => {
    const { page, complaints } = await open(width, scheme);
    const seen = await page.evaluate<Seen>(look);
    expect(complaints).toEqual([]);
    expect(seen.overflow).toBeLessThanOrEqual(0);
    expect(seen.brokenImages).toEqual([]);
    expect(seen.namelessPictures).toBe(0);
    expect(seen.headings[0]).toBe(1);
    expect(seen.headings.filter((level) => level === 1)).toHaveLength(1);
    for (const [at, level] of seen.headings.entries())
      expect(level).toBeLessThanOrEqual((seen.headings[at - 1] ?? 0) + 1);
    expect(seen.tables).toBeGreaterThan(4);
    expect(seen.tablesWithoutHeaders).toBe(0);
    expect(seen.duplicateIds).toEqual([]);
    expect(seen.deadLinks).toEqual([]);
    expect(seen.linksOut).toEqual([]);
    expect(seen.faint, 'contrast below 4.5').toEqual([]);
    expect(await page.title()).toContain('spinlock');
    await page.close();
  });

  it('prints on A4 in light colours, with the log and room to write', async () => {
    const { page, complaints } = await open(1100, 'dark');
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1')).toMatch(/MediaBox \[0 0 59[45]\.\d+ 84[12]\.\d+\]/);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect((await page.locator('.ruled').boundingBox())?.height).toBeGreaterThan(100);
    expect(await page.locator('details.printed pre').first().isVisible()).toBe(true);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('turns its figures dark with the page', async () => {
    const fill = async (scheme: 'light' | 'dark') => {
      const { page } = await open(1100, scheme);
      const colours = await page.evaluate<string[]>(
        "[...document.querySelectorAll('.figure text')].map((text) => getComputedStyle(text).fill)",
      );
      await page.close();
      return new Set(colours);
    };
    const [light, dark] = [await fill('light'), await fill('dark')];
    expect(light).toContain('rgb(36, 41, 47)');
    expect([...dark].filter((colour) => light.has(colour))).toEqual([]);
  });
});
