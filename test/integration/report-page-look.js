/** Runs in a page of a browser: what a reader of it would stumble over. */
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const ids = all('[id]').map(({ id }) => id);
  const hrefs = all('a').map((link) => link.getAttribute('href') ?? 'none');

  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [r = 0, g = 0, b = 0] = channels(colour).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    if (element === null) return 'rgb(255, 255, 255)';
    const colour = getComputedStyle(element).backgroundColor;
    return channels(colour)[3] === 0 ? background(element.parentElement) : colour;
  };
  const faint = all('p, td, th, caption, figcaption, dt, dd, a, code, summary, li, h1, h2, h3').flatMap(
    (element) => {
      if (element.textContent?.trim() === '') return [];
      const [one, two] = [luminance(getComputedStyle(element).color), luminance(background(element))].sort(
        (a, b) => b - a,
      );
      const contrast = ((one ?? 0) + 0.05) / ((two ?? 0) + 0.05);
      return contrast >= 4.5 ? [] : [`${element.tagName} ${contrast.toFixed(2)}`];
    },
  );

  return {
    overflow: document.documentElement.scrollWidth - window.innerWidth,
    brokenImages: all('img').flatMap((image) =>
      image.complete && image.naturalWidth > 0 ? [] : [image.alt],
    ),
    namelessPictures: all('img:not([alt]), img[alt=""], svg:not([aria-label])').length,
    headings: all('h1, h2, h3, h4').map(({ tagName }) => Number(tagName.slice(1))),
    tables: all('table').length,
    tablesWithoutHeaders: all('table').filter(
      (table) =>
        table.querySelector('thead th[scope=col]') === null || table.querySelector('caption') === null,
    ).length,
    duplicateIds: ids.filter((id, at) => ids.indexOf(id) !== at),
    deadLinks: hrefs.filter(
      (href) => href.startsWith('#') && document.getElementById(href.slice(1)) === null,
    ),
    linksOut: hrefs.filter((href) => !href.startsWith('#')),
    faint,
  };
})();
