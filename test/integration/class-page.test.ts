/** class.html and a feedback.html in a real browser, from the disk: 300 students, light, dark, on paper, by keyboard. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Grades } from '../../grade/document.ts';
import { writeGrades } from '../../grade/out/write.ts';
import { hostileGrades } from '../grade/out/hostile.ts';
import { sampleGrades } from '../grade/out/sample.ts';
import { requirePart } from '../require.ts';

const executablePath = process.env.LAB3_CHROMIUM ?? '/usr/bin/chromium';
const present = requirePart(
  'chromium',
  existsSync(executablePath),
  `no browser at ${executablePath} (LAB3_CHROMIUM)`,
);
const look = await readFile(new URL('report-page-look.js', import.meta.url), 'utf8');
/** Where to leave pictures of the pages for a person to look at. */
const pictures = process.env.LAB3_TEST_PICTURES;

describe.skipIf(!present)('the pages of a class', () => {
  const folders = { sample: '', hostile: '' };
  let profile = '';
  let browser: BrowserContext;
  const classes: Record<keyof typeof folders, Grades> = {
    sample: sampleGrades(300),
    hostile: hostileGrades(),
  };

  beforeAll(async () => {
    for (const name of ['sample', 'hostile'] as const) {
      folders[name] = await mkdtemp(join(tmpdir(), `lab3-class-${name}-`));
      const { similar } = classes[name];
      const similarPages = new Map(
        similar.map(
          ({ a, b }) => [`${a}--${b}`, () => `<!doctype html><title>${a} and ${b}</title>`] as const,
        ),
      );
      await writeGrades(folders[name], classes[name], { phase: 'after_published', similarPages });
    }
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
    for (const folder of [...Object.values(folders), profile])
      if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  async function open(
    path: string,
    {
      width = 1400,
      scheme = 'light',
      of = 'sample',
    }: { width?: number; scheme?: 'light' | 'dark'; of?: keyof typeof folders } = {},
  ): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!/^(?:file|data):/.test(request.url())) complaints.push(request.url());
    });
    await page.setViewportSize({ width, height: 1000 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(pathToFileURL(join(folders[of], ...path.split('/'))).href);
    if (pictures !== undefined)
      await page.screenshot({
        path: join(pictures, `${path.replaceAll('/', '-')}-${of}-${scheme}-${width}.png`),
        fullPage: width < 1000 || !path.startsWith('class'),
      });
    return { page, complaints };
  }

  const visibleRows = "document.querySelectorAll('table.class tbody tr:not([hidden])').length";
  const cells = (column: number) =>
    `[...document.querySelectorAll('table.class tbody tr:not([hidden])')].map((row) => row.children[${column}].dataset.value)`;

  it.each([
    ['class.html', 'sample', 'light', 1400],
    ['class.html', 'sample', 'dark', 1400],
    ['class.html', 'sample', 'light', 420],
    ['class.html', 'hostile', 'light', 1400],
    ['students/s0003/feedback.html', 'sample', 'light', 1100],
    ['students/s0003/feedback.html', 'sample', 'dark', 420],
    ['students/s1000/feedback.html', 'hostile', 'light', 1100],
  ] as const)('%s of the %s class reads well in %s at %i pixels', async (path, of, scheme, width) => {
    const { page, complaints } = await open(path, { of, scheme, width });
    interface Seen {
      overflow: number;
      headings: number[];
      tablesWithoutHeaders: number;
      duplicateIds: string[];
      deadLinks: string[];
      linksOut: string[];
      faint: string[];
    }
    const seen = await page.evaluate<Seen>(look);
    expect(complaints).toEqual([]);
    expect(seen.overflow).toBeLessThanOrEqual(0);
    expect(seen.headings.filter((level) => level === 1)).toHaveLength(1);
    expect(seen.tablesWithoutHeaders).toBe(0);
    expect(seen.duplicateIds).toEqual([]);
    expect(seen.deadLinks).toEqual([]);
    expect(seen.linksOut.filter((href) => !/^(?:students|similar)\/[a-z0-9._/-]+\.html$/.test(href))).toEqual(
      [],
    );
    expect(seen.faint, 'contrast below 4.5').toEqual([]);
    expect(await page.locator('script').count()).toBe(path === 'class.html' ? 1 : 0);
    await page.close();
  });

  it('is quick with 300 students', async () => {
    const { page } = await open('class.html');
    const ratios = await page.evaluate<number[]>(`(() => {
      const took = (act) => { const from = performance.now(); act(); return performance.now() - from; };
      // Some 60 ms on a computer of these years that does nothing else: a busy one is slower at both alike.
      const measure = () => { let sum = 0; for (let at = 0; at < 3e7; at += 1) sum = (sum + at * 7) % 1009; return sum; };
      const search = document.getElementById('search');
      const acts = [
        ...[...document.querySelectorAll('thead button')].map((button) => () => button.click()),
        ...['a', 'an', 'anna', ''].map((text) => () => { search.value = text; search.dispatchEvent(new Event('input')); }),
      ];
      return acts.map((act) => took(() => { act(); document.body.offsetHeight; }) / took(measure));
    })()`);
    expect(ratios.length).toBeGreaterThan(15);
    expect(ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)]).toBeLessThan(6);
    await page.close();
  });

  it('sorts by keyboard, says how, and puts what is not known last', async () => {
    const { page } = await open('class.html');
    const header = page.locator('thead th').nth(2);
    await header.locator('button').focus();
    await page.keyboard.press('Enter');
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    const falling = await page.evaluate<string[]>(cells(2));
    const known = (values: string[]) => values.filter((value) => value !== '').map(Number);
    expect(known(falling)).toEqual(known(falling).sort((a, b) => b - a));
    expect(falling.lastIndexOf('')).toBe(falling.length - 1);
    await page.keyboard.press('Space');
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    const rising = await page.evaluate<string[]>(cells(2));
    expect(known(rising)).toEqual(known(rising).sort((a, b) => a - b));
    expect(rising.at(-1)).toBe('');
    expect(await page.locator('thead th[aria-sort]').count()).toBe(1);
    await page.close();
  });

  it('searches names, logins and numbers in any order and case', async () => {
    const { page } = await open('class.html');
    const { students } = classes.sample;
    await page.keyboard.press('/');
    await page.keyboard.type('PETRENKO anna');
    const wanted = students.filter(({ name }) => name === 'Anna Petrenko').length;
    expect(wanted).toBeGreaterThan(0);
    expect(await page.evaluate(visibleRows)).toBe(wanted);
    expect(await page.locator('#shown').textContent()).toBe(`${wanted} of 300`);
    await page.keyboard.press('Escape');
    await page.keyboard.type('user42@');
    expect(await page.evaluate(visibleRows)).toBe(1);
    await page.locator('#clear').click();
    expect(await page.evaluate(visibleRows)).toBe(300);
    await page.close();
  });

  it('filters by status, by bar and by criterion, and all of it together', async () => {
    const { page } = await open('class.html');
    const { students } = classes.sample;
    await page.locator('[data-status=review]').first().click();
    const inReview = students.filter(({ status }) => status === 'review').length;
    expect(await page.evaluate(visibleRows)).toBe(inReview);
    await page.locator('#clear').click();
    const bar = page.locator('.histogram button').last();
    await bar.click();
    expect(await bar.getAttribute('aria-pressed')).toBe('true');
    const top = students.filter(({ status, final }) => status === 'graded' && (final ?? 0) >= 9).length;
    expect(await page.evaluate(visibleRows)).toBe(top);
    await page.locator('.criteria [data-criterion="4"]').click();
    const both = students.filter(
      ({ status, final, criteria }) =>
        status === 'graded' &&
        (final ?? 0) >= 9 &&
        ['fail', 'partial', 'skipped'].includes(criteria[4]?.status ?? ''),
    ).length;
    expect(await page.evaluate(visibleRows)).toBe(both);
    await page.close();
  });

  it('links to feedback and to pairs side by side, all of which are there', async () => {
    const { page } = await open('class.html');
    const links = await page.evaluate<string[]>(
      "[...document.links].map((link) => link.getAttribute('href'))",
    );
    const paths = [...new Set(links.filter((link) => !link.startsWith('#')))];
    expect(paths.length).toBe(300 + classes.sample.similar.length);
    for (const path of paths) expect(existsSync(join(folders.sample, ...path.split('/'))), path).toBe(true);
    await page.locator('tbody a', { hasText: 'Anna Petrenko' }).first().click();
    expect(await page.title()).toBe('Kernel threads');
    await page.goBack();
    await page.close();
  });

  it('runs nothing that a student wrote', async () => {
    for (const path of ['class.html', 'students/s1000/feedback.html', 'students/s1001/feedback.html']) {
      const { page, complaints } = await open(path, { of: 'hostile' });
      expect(complaints).toEqual([]);
      expect(await page.locator('img, iframe, object, form').count()).toBe(0);
      await page.close();
    }
  });

  it('can be read without its script', async () => {
    const whole = await readFile(join(folders.sample, 'class.html'), 'utf8');
    await writeFile(join(folders.sample, 'scriptless.html'), whole.replace(/<script>[\s\S]*<\/script>/, ''));
    const { page } = await open('scriptless.html');
    expect(await page.locator('.toolbar').isVisible()).toBe(false);
    expect(await page.locator('table.class tbody tr').count()).toBe(300);
    await page.close();
  });

  it.each(['class.html', 'students/s0003/feedback.html'])(
    '%s prints on A4 in light colours',
    async (path) => {
      const { page } = await open(path, { scheme: 'dark' });
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
        'rgb(255, 255, 255)',
      );
      if (pictures !== undefined)
        await page.screenshot({ path: join(pictures, `${path.replaceAll('/', '-')}-print.png`) });
      await page.close();
    },
  );
});
