// Puts the description of the HTTP interface on the page. All text goes in as text, never as markup.

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const REFERENCE = '#/components/schemas/';
const byId = (id) => document.getElementById(id);

/** Makes an element: `make('p.soft', 'text', child, …)`. */
function make(kind, ...children) {
  const [tag, ...classes] = kind.split('.');
  const element = document.createElement(tag);
  element.className = classes.join(' ');
  element.append(...children.filter((child) => child != null && child !== ''));
  return element;
}

function link(href, text) {
  const anchor = make('a', text);
  anchor.href = href;
  return anchor;
}

/** Paragraphs, with `code` in backticks. */
function prose(text = '') {
  return text.split(/\n\s*\n/).filter(Boolean).map((paragraph) => {
    const parts = paragraph.split('`');
    return make('p', ...parts.map((part, index) => (index % 2 ? make('code', part) : part)));
  });
}

const example = (value) => make('pre', typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** What a value is, in a few words; names of schemas are links. */
function kindOf(schema = {}) {
  if (schema.$ref) {
    const name = schema.$ref.replace(REFERENCE, '');
    return make('span', link(`#schema-${name}`, name));
  }
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices) {
    const joint = schema.allOf ? ' and ' : ' or ';
    return make('span', ...choices.flatMap((choice, index) => (index ? [joint, kindOf(choice)] : [kindOf(choice)])));
  }
  const types = [schema.type ?? (schema.enum ? 'string' : 'any')].flat();
  if (types.includes('array')) return make('span', 'list of ', kindOf(schema.items));
  const bounds = [
    schema.format,
    schema.minimum != null && `from ${schema.minimum}`,
    schema.maximum != null && `up to ${schema.maximum}`,
    schema.minLength != null && `at least ${schema.minLength} characters`,
    schema.maxLength != null && `at most ${schema.maxLength} characters`,
    schema.default !== undefined && `default ${JSON.stringify(schema.default)}`,
  ].filter(Boolean);
  const values = schema.enum?.map((value) => JSON.stringify(value)).join(' | ');
  return make('span', values ?? types.join(' or '), bounds.length ? make('span.soft', ` (${bounds.join(', ')})`) : '');
}

/** A schema with its fields. */
function fields(schema = {}) {
  const own = [schema, ...(schema.allOf ?? [])].filter((part) => part.properties);
  const list = make('dl');
  for (const part of own) {
    for (const [name, field] of Object.entries(part.properties)) {
      const required = part.required?.includes(name) ? '' : make('span.soft', ' optional');
      list.append(make('dt', make('code', name), ' ', kindOf(field), required));
      const below = field.type === 'array' ? field.items : field;
      list.append(make('dd', ...prose(field.description), below?.properties ? fields(below) : ''));
    }
  }
  return list;
}

function content(described = {}) {
  return Object.entries(described).flatMap(([type, { schema, example: one, examples }]) => [
    make('p', make('code', type), ' ', schema ? kindOf(schema) : ''),
    schema?.properties || schema?.allOf ? fields(schema) : '',
    one !== undefined ? example(one) : '',
    ...Object.values(examples ?? {}).flatMap(({ summary, value }) => [summary ? make('p.soft', summary) : '', example(value)]),
  ]);
}

function parameters(list = []) {
  if (!list.length) return [];
  const terms = list.flatMap(({ name, in: place, required, schema, description, example: one }) => [
    make('dt', make('code', name), make('span.soft', ` ${place}${required ? '' : ', optional'} `), kindOf(schema)),
    make('dd', ...prose(description), one !== undefined ? make('p.soft', `such as ${one}`) : ''),
  ]);
  return [make('h3', 'Parameters'), make('dl', ...terms)];
}

function response([status, { description, headers, content: body }]) {
  const names = Object.entries(headers ?? {}).flatMap(([name, header]) => [
    make('dt', make('code', name), make('span.soft', ' header')),
    make('dd', ...prose(header.description)),
  ]);
  const rest = [names.length ? make('dl', ...names) : '', ...content(body)];
  const details = make('details.response', make('summary', make('code', status), ' ', description), ...rest);
  details.open = status < 300;
  return details;
}

function security(needs, everywhere) {
  const ways = (needs ?? everywhere ?? []).map((way) => Object.keys(way).join(' and ') || 'nothing');
  return ways.length ? [make('p.soft', `Authorization: ${ways.join(', or ')}`)] : [];
}

function endpoint(path, method, operation, everywhere) {
  const id = operation.operationId ?? `${method}${path}`;
  const { summary, description, requestBody, responses = {} } = operation;
  const details = make(
    'details.endpoint',
    make('summary', make(`code.method.${method}`, method), make('code', path), make('span.soft', summary)),
    ...prose(description),
    ...security(operation.security, everywhere),
    ...parameters(operation.parameters),
    ...(requestBody ? [make('h3', 'Body'), ...content(requestBody.content)] : []),
    make('h3', 'Answers'),
    ...Object.entries(responses).map(response),
  );
  details.id = id;
  details.dataset.text = `${method} ${path} ${summary ?? ''} ${description ?? ''}`.toLowerCase();
  return details;
}

/** Sections by tag, each with its endpoints ordered by path. */
function endpoints(api) {
  const sections = new Map((api.tags ?? []).map((tag) => [tag.name, { tag, list: [] }]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((method) => item[method])) {
      const name = item[method].tags?.[0] ?? 'other';
      if (!sections.has(name)) sections.set(name, { tag: { name }, list: [] });
      sections.get(name).list.push(endpoint(path, method, item[method], api.security));
    }
  }
  return [...sections.values()].filter(({ list }) => list.length);
}

function show(api) {
  document.title = `${api.info.title}: HTTP interface`;
  byId('title').textContent = `${api.info.title}: HTTP interface`;
  byId('version').textContent = `Version ${api.info.version}`;
  byId('description').append(...prose(api.info.description));
  const sections = endpoints(api).map(({ tag, list }) => {
    const heading = make('h2', tag.name);
    const entries = list.map((one) => {
      const entry = make('li', link(`#${one.id}`, one.querySelector('summary .soft')?.textContent || one.id));
      return { one, entry };
    });
    byId('contents').append(make('section', make('h2', tag.name), make('ul', ...entries.map(({ entry }) => entry))));
    byId('endpoints').append(make('section', heading, ...prose(tag.description), ...list));
    return entries;
  });
  const schemas = Object.entries(api.components?.schemas ?? {}).sort(([a], [b]) => a.localeCompare(b));
  const described = schemas.map(([name, schema]) => {
    const shown = schema.properties || schema.allOf ? fields(schema) : kindOf(schema);
    const samples = (schema.examples ?? (schema.example !== undefined ? [schema.example] : [])).map(example);
    const section = make('section.schema', make('h3', make('code', name)), ...prose(schema.description), shown, ...samples);
    section.id = `schema-${name}`;
    return section;
  });
  byId('endpoints').append(make('section', make('h2', 'Schemas'), ...described));
  return sections.flat();
}

/** Opens what the address names. */
function follow() {
  const target = byId(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
  target?.scrollIntoView();
}

async function start() {
  const answer = await fetch('/openapi.json');
  if (!answer.ok) throw new Error(`/openapi.json: ${answer.status}`);
  const entries = show(await answer.json());
  byId('state').remove();
  byId('endpoints').removeAttribute('aria-busy');
  byId('filter').addEventListener('input', ({ target }) => {
    const words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { one, entry } of entries) {
      const wanted = words.every((word) => one.dataset.text.includes(word));
      one.hidden = entry.hidden = !wanted;
    }
  });
  addEventListener('hashchange', follow);
  follow();
}

start().catch((error) => {
  byId('endpoints').removeAttribute('aria-busy');
  byId('state').textContent = `The description could not be loaded (${error.message}).`;
});
