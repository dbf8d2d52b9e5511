// Writes the API's types for the dashboard from a descriptor set:
//   protoc --include_source_info --descriptor_set_out=SET … && node types_of_protos.mjs SET FOLDER
// FOLDER gets api.d.ts, a type for each message and enum with the comments of
// the .proto files, and campaign_fields.json, what the form of a new campaign
// asks for. The JSON that they describe is that of messages/json/proto_json.h.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {declarationsOf} from '../proto/descriptors.mjs';

const comment = (said, indent) => said ? `${indent}/** ${said.replaceAll('*/', '* /')} */\n` : '';

const KNOWN = {
  '.google.protobuf.Timestamp': 'string',
  '.google.protobuf.Duration': 'number',
  '.google.protobuf.FieldMask': '{paths?: string[]}',
  '.google.protobuf.Empty': 'Record<string, never>',
};
const messageType = name => KNOWN[name] ?? name;

function typeOf(field) {
  if (field.map) return `Record<string, ${typeOf(field.map)}>`;
  const type = {
    double: 'number | null',
    string: 'string',
    bool: 'boolean',
    integer: 'number',
    enum: field.of,
    message: messageType(field.of),
  }[field.kind];
  return field.repeated ? `(${type})[]` : type;
}

const write = {
  enum: e => comment(e.comment, '') + `export type ${e.name} = ${e.values.map(v => `'${v}'`).join(' | ')};\n`,
  message: m => comment(m.comment, '') + `export interface ${m.name} {\n` +
      m.fields.map(f => `${comment(f.comment, '  ')}  ${f.name}?: ${typeOf(f)};\n`).join('') + '}\n',
};
const writeMethods = service => service.methods.filter(m => !m.streams)
    .map(m => comment(m.comment, '  ') + `  '${service.name}/${m.name}': [${messageType(m.request)}, ` +
        `${messageType(m.response)}];\n`).join('');

// What a form needs to know of the fields that a user may set, a list for each
// message under Campaign.
function formFields(declarations) {
  const find = name => declarations.find(d => d.name === name);
  const form = {};
  for (const message of ['Campaign', 'SearchSpace', 'Shape', 'Recipe', 'GridAlgorithm', 'SobolAlgorithm',
    'OptimumAlgorithm', 'RandomAlgorithm', 'GpAlgorithm', 'AshaAlgorithm', 'HyperbandAlgorithm', 'ParetoAlgorithm',
    'ExternalAlgorithm']) {
    form[message] = find(message).fields
        .filter(f => !f.comment.includes('Output only') && f.kind !== 'message')
        .map(f => ({
          name: f.name,
          kind: {enum: 'choice', bool: 'yes', string: 'text'}[f.kind] ?? 'number',
          choices: f.kind === 'enum' ? find(f.of).values.slice(1) : undefined,
          list: f.repeated || undefined,
          help: f.comment,
        }));
  }
  return form;
}

const [descriptors, folder] = process.argv.slice(2);
const declarations = [...declarationsOf(descriptors)];
const types = declarations.filter(d => write[d.declares]).map(d => write[d.declares](d));
const methods = declarations.filter(d => d.declares === 'service').map(writeMethods);
writeFileSync(join(folder, 'api.d.ts'), `// Written by dashboard/types_of_protos.mjs.\n${types.join('\n')}
/** Request and answer of each unary call. */
export interface Methods {\n${methods.join('')}}\n`);
writeFileSync(join(folder, 'campaign_fields.json'), JSON.stringify(formFields(declarations)));
