/** HTML in templates: whatever is put into one is escaped, unless it is markup already. */
import { visible } from '../text.ts';

/** Markup that is safe as it is; everything else that goes into a template is escaped. */
export class Html {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}
type Value = Html | string | number | readonly Value[];

export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.reduce((text, part, at) => text + source(values[at - 1] ?? '') + part));
}

function source(value: Value): string {
  if (value instanceof Html) return value.source;
  if (typeof value === 'object') return value.map(source).join('');
  return escapeHtml(String(value));
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return visible(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
