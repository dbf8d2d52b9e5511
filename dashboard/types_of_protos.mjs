// Writes the API's types for the dashboard from a descriptor set:
//   protoc --include_source_info --descriptor_set_out=SET … && node types_of_protos.mjs SET FOLDER
// FOLDER gets api.d.ts, a type for each message and enum with the comments of
// the .proto files, and campaign_fields.json, what the form of a new campaign
// asks for. The JSON that they describe is that of messages/proto_json.h.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

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
const TYPE_DOUBLE = 1, TYPE_STRING = 9, TYPE_MESSAGE = 11, TYPE_ENUM = 14, TYPE_BOOL = 8;
const REPEATED = 3;

// By `4,0,2,1` and so on what the .proto file says before a declaration.
function commentsOf(file) {
  const comments = new Map();
  for (const location of all(fieldsOf(file.get(9)[0]), 1)) {
    const path = [...location.get(1)?.[0] ?? []].join();
    if (location.has(3)) comments.set(path, text(location, 3).trim().split('\n').map(l => l.trim()).join(' '));
  }
  return comments;
}

const comment = (said, indent) => said ? `${indent}/** ${said.replaceAll('*/', '* /')} */\n` : '';
// `.isoshape.v1.Trial.State` -> `TrialState`.
const local = name => name.replace('.isoshape.v1.', '').replaceAll('.', '');

// NORM_RMS of Norm -> `rms`, as messages/proto_json.cc names it.
function valueName(type, value) {
  const prefix = type.replace(/(?!^)([A-Z])/g, '_$1').toUpperCase() + '_';
  return (value.startsWith(prefix) ? value.slice(prefix.length) : value).toLowerCase();
}

class Writer {
  constructor() {
    this.out = [];
    this.methods = [];
    this.messages = new Map();
    this.enums = new Map();
  }

  file(file) {
    const comments = commentsOf(file);
    all(file, MESSAGE).forEach((m, i) => this.message(m, '', `${MESSAGE},${i}`, comments));
    all(file, ENUM).forEach((e, i) => this.enumeration(e, '', `${ENUM},${i}`, comments));
    all(file, SERVICE).forEach((s, i) => this.service(s, `${SERVICE},${i}`, comments));
  }

  enumeration(message, scope, path, comments) {
    const name = text(message, 1);
    const values = all(message, 2).map(v => valueName(name, text(v, 1)));
    this.enums.set(scope + name, values);
    this.out.push(comment(comments.get(path), '') +
        `export type ${scope}${name} = ${values.map(v => `'${v}'`).join(' | ')};\n`);
  }

  message(message, scope, path, comments) {
    const name = scope + text(message, 1);
    const nested = all(message, NESTED);
    const maps = new Map(nested.filter(n => n.has(7) && integer(fieldsOf(n.get(7)[0]), 7))
        .map(n => [name + text(n, 1), all(n, 2)]));
    const fields = all(message, FIELD).map((field, i) => ({
      name: text(field, 1),
      type: this.type(field, maps),
      kind: integer(field, 5),
      of: local(text(field, 6)),
      repeated: integer(field, 4) === REPEATED,
      comment: comments.get(`${path},${FIELD},${i}`) ?? '',
    }));
    this.messages.set(name, fields);
    const lines = fields.map(f => `${comment(f.comment, '  ')}  ${f.name}?: ${f.type};\n`);
    this.out.push(`${comment(comments.get(path), '')}export interface ${name} {\n${lines.join('')}}\n`);
    nested.forEach((n, i) => {
      if (!maps.has(name + text(n, 1))) this.message(n, name, `${path},${NESTED},${i}`, comments);
    });
    all(message, NESTED_ENUM)
        .forEach((e, i) => this.enumeration(e, name, `${path},${NESTED_ENUM},${i}`, comments));
  }

  type(field, maps) {
    const map = maps.get(local(text(field, 6)));
    if (map) return `Record<string, ${this.type(map[1], maps)}>`;
    const kind = integer(field, 5);
    let type = 'number';
    if (kind === TYPE_DOUBLE) type = 'number | null';
    if (kind === TYPE_STRING) type = 'string';
    if (kind === TYPE_BOOL) type = 'boolean';
    if (kind === TYPE_ENUM) type = local(text(field, 6));
    if (kind === TYPE_MESSAGE) type = this.messageType(text(field, 6));
    return integer(field, 4) === REPEATED ? `(${type})[]` : type;
  }

  messageType(name) {
    if (name === '.google.protobuf.Timestamp') return 'string';
    if (name === '.google.protobuf.Duration') return 'number';
    if (name === '.google.protobuf.FieldMask') return '{paths?: string[]}';
    if (name === '.google.protobuf.Empty') return 'Record<string, never>';
    return local(name);
  }

  service(service, path, comments) {
    all(service, 2).forEach((method, i) => {
      if (integer(method, 6)) return;
      this.methods.push(comment(comments.get(`${path},2,${i}`), '  ') +
          `  '${text(service, 1)}/${text(method, 1)}': [${this.messageType(text(method, 2))}, ` +
          `${this.messageType(text(method, 3))}];\n`);
    });
  }
}

// What a form needs to know of the fields that a user may set, a list for each
// message under Campaign.
function formFields(writer) {
  const form = {};
  for (const message of ['Campaign', 'SearchSpace', 'Shape', 'Recipe', 'GridAlgorithm', 'SobolAlgorithm']) {
    form[message] = writer.messages.get(message)
        .filter(f => !f.comment.includes('Output only') && f.kind !== TYPE_MESSAGE)
        .map(f => ({
          name: f.name,
          kind: f.kind === TYPE_ENUM ? 'choice' : f.kind === TYPE_BOOL ? 'yes' :
              f.kind === TYPE_STRING ? 'text' : 'number',
          choices: f.kind === TYPE_ENUM ? writer.enums.get(f.of).slice(1) : undefined,
          list: f.repeated || undefined,
          help: f.comment,
        }));
  }
  return form;
}

const [descriptors, folder] = process.argv.slice(2);
const writer = new Writer();
for (const file of all(fieldsOf(readFileSync(descriptors)), 1)) {
  if (text(file, 2) === 'isoshape.v1') writer.file(file);
}
writeFileSync(join(folder, 'api.d.ts'), `// Written by dashboard/types_of_protos.mjs.\n${writer.out.join('\n')}
/** Request and answer of each unary call. */
export interface Methods {\n${writer.methods.join('')}}\n`);
writeFileSync(join(folder, 'campaign_fields.json'), JSON.stringify(formFields(writer)));
