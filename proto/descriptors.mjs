// Reads a descriptor set (protoc --include_source_info --descriptor_set_out) as
// what writers of types need: the declarations of isoshape.v1 in their order,
// with the comments of the .proto files.
import {readFileSync} from 'node:fs';

// The fields of one message in the wire format: number -> values, a number for
// each varint and a Buffer for each length-delimited field.
function fieldsOf(bytes) {
  const fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0, scale = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte & 128);
    return value;
  };
  while (at < bytes.length) {
    const key = varint();
    let value;
    if ((key & 7) === 0) value = varint();
    else if ((key & 7) === 2) {
      const size = varint();
      value = bytes.subarray(at, at += size);
    } else throw new Error(`wire type ${key & 7} in a descriptor`);
    const number = key >>> 3;
    fields.set(number, [...fields.get(number) ?? [], value]);
  }
  return fields;
}
const all = (message, number) => (message.get(number) ?? []).map(fieldsOf);
const text = (message, number) => message.get(number)?.[0].toString() ?? '';
const integer = (message, number) => message.get(number)?.[0] ?? 0;

const FIELD = 2, MESSAGE = 4, ENUM = 5, SERVICE = 6, NESTED = 3, NESTED_ENUM = 4;
const REPEATED = 3;
// Kinds of fields by their number in descriptor.proto; all others are integers.
const KINDS = {1: 'double', 8: 'bool', 9: 'string', 11: 'message', 14: 'enum'};

// By `4,0,2,1` and so on what the .proto file says before a declaration.
function commentsOf(file) {
  const comments = new Map();
  for (const location of all(fieldsOf(file.get(9)[0]), 1)) {
    const path = [...location.get(1)?.[0] ?? []].join();
    if (location.has(3)) comments.set(path, text(location, 3).trim().split('\n').map(l => l.trim()).join(' '));
  }
  return comments;
}

// `.isoshape.v1.Trial.State` -> `TrialState`; others stay as they are.
const local = name => name.startsWith('.isoshape.v1.') ? name.slice(13).replaceAll('.', '') : name;

// NORM_RMS of Norm -> `rms`, as messages/json/proto_json.cc names it.
function valueName(type, value) {
  const prefix = type.replace(/(?!^)([A-Z])/g, '_$1').toUpperCase() + '_';
  return (value.startsWith(prefix) ? value.slice(prefix.length) : value).toLowerCase();
}

function enumeration(message, scope, path, comments) {
  const name = text(message, 1);
  return {
    declares: 'enum',
    name: scope + name,
    values: all(message, 2).map(v => valueName(name, text(v, 1))),
    comment: comments.get(path) ?? '',
  };
}

function fieldOf(field, path, comments) {
  return {
    name: text(field, 1),
    kind: KINDS[integer(field, 5)] ?? 'integer',
    of: local(text(field, 6)),
    repeated: integer(field, 4) === REPEATED,
    optional: integer(field, 17) === 1,
    comment: comments.get(path) ?? '',
  };
}

// A message, then what is declared in it. A map is a field with `map`, the
// field of its values.
function* message(declared, scope, path, comments) {
  const name = scope + text(declared, 1);
  const nested = all(declared, NESTED);
  const maps = new Map(nested.filter(n => n.has(7) && integer(fieldsOf(n.get(7)[0]), 7))
      .map(n => [name + text(n, 1), all(n, 2)]));
  const fields = all(declared, FIELD).map((field, i) => {
    const read = fieldOf(field, `${path},${FIELD},${i}`, comments);
    const map = maps.get(read.of);
    return map ? {...read, map: fieldOf(map[1], '', comments)} : read;
  });
  yield {declares: 'message', name, fields, comment: comments.get(path) ?? ''};
  for (const [i, n] of nested.entries()) {
    if (!maps.has(name + text(n, 1))) yield* message(n, name, `${path},${NESTED},${i}`, comments);
  }
  for (const [i, e] of all(declared, NESTED_ENUM).entries()) {
    yield enumeration(e, name, `${path},${NESTED_ENUM},${i}`, comments);
  }
}

// Unary methods alone have a JSON form.
function service(declared, path, comments) {
  return {
    declares: 'service',
    name: text(declared, 1),
    methods: all(declared, 2).map((method, i) => ({
      name: text(method, 1),
      request: local(text(method, 2)),
      response: local(text(method, 3)),
      streams: integer(method, 6) === 1,
      comment: comments.get(`${path},2,${i}`) ?? '',
    })),
    comment: comments.get(path) ?? '',
  };
}

// The declarations of isoshape.v1 in the descriptor set of that path.
export function* declarationsOf(path) {
  for (const file of all(fieldsOf(readFileSync(path)), 1)) {
    if (text(file, 2) !== 'isoshape.v1') continue;
    const comments = commentsOf(file);
    for (const [i, m] of all(file, MESSAGE).entries()) yield* message(m, '', `${MESSAGE},${i}`, comments);
    for (const [i, e] of all(file, ENUM).entries()) yield enumeration(e, '', `${ENUM},${i}`, comments);
    for (const [i, s] of all(file, SERVICE).entries()) yield service(s, `${SERVICE},${i}`, comments);
  }
}
