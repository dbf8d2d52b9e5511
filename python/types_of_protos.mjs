// Writes isoshape/_api.py, the messages of the API as Python has them, from a
// descriptor set: node types_of_protos.mjs SET FILE. types_of_protos.sh calls it.
import {writeFileSync} from 'node:fs';
import {declarationsOf} from '../proto/descriptors.mjs';

// Messages that every answer holds which they are part of; others may be None.
const ALWAYS = new Set(`
  Campaign.space Campaign.recipe Campaign.algorithm Campaign.trial_counts CampaignChange.campaign
  CampaignEvent.trial_counts CompareVariantsResponse.basis DescribeShapeResponse.shape Figure.table
  FigurePanel.x FigurePanel.y
  LawFigure.estimate Lease.trial Lease.recipe ListBestShapesResponse.basis MeasuredShape.shape
  PairedDifference.difference PricedShape.shape RankedShape.shape RecipeFitsRecipe.fit
  RegisterWorkerResponse.worker
  SearchSpace.base Trial.shape VariantComparison.overall VariantPair.shape`.trim().split(/\s+/));
// What a message can do beside holding its fields: classes of _message.py.
const BASES = {
  Estimate: 'Interval', FitLawResponse: 'LawReport', Shape: 'Depthwise',
  PredictShapeResponse: 'Forecast', RankedShape: 'RankedRow', Trial: 'TrialRow',
};

const INDENT = '    ';
// Text as a docstring of at most 100 columns.
function docstring(said, indent) {
  if (!said) return '';
  const words = said.replaceAll('\\', '\\\\').replaceAll('"""', "'''").split(/\s+/);
  const lines = [indent + '"""' + words.shift()];
  for (const word of words) {
    if (`${lines.at(-1)} ${word}`.length > 94) lines.push(indent + word);
    else lines[lines.length - 1] += ` ${word}`;
  }
  if (lines.at(-1).endsWith('"')) lines[lines.length - 1] += ' ';
  return lines.join('\n') + '"""\n';
}

const KNOWN = {
  '.google.protobuf.Timestamp': 'datetime',
  '.google.protobuf.Duration': 'float',
  '.google.protobuf.FieldMask': 'FieldMask',
};
function single(field) {
  return {
    double: 'float', string: 'str', bool: 'bool', integer: 'int', enum: field.of,
    message: KNOWN[field.of] ?? field.of,
  }[field.kind];
}

// What turns the JSON of a field into its value, or nothing if it is that.
function reader(field) {
  if (field.map) {
    const one = reader(field.map);
    if (one) throw new Error(`${field.name}: a map of ${field.map.kind} has no reader`);
    return '';
  }
  let one = '';
  if (field.kind === 'double') one = 'number';
  if (field.of === '.google.protobuf.Timestamp') one = 'time';
  else if (field.of === '.google.protobuf.FieldMask') one = 'FieldMask.from_json';
  else if (field.kind === 'message' && !KNOWN[field.of]) one = `${field.of}.from_json`;
  if (field.repeated) return one ? `several(${one})` : 'tuple';
  return one;
}

function declared(message, field) {
  if (field.map) return [`Mapping[str, ${single(field.map)}]`, 'field(default_factory=dict)'];
  const type = single(field);
  if (field.repeated) return [`Sequence[${type}]`, '()'];
  if (ALWAYS.has(`${message}.${field.name}`)) return [type, `field(default_factory=lambda: ${type}())`];
  if (field.optional || field.kind === 'message') return [`${type} | None`, 'None'];
  return [type, {double: '0.0', string: '""', bool: 'False', integer: '0', enum: '"unspecified"'}[field.kind]];
}

const enums = new Map();
function literal(e) {
  // An enum without such a value is never unset in an answer.
  const values = e.values.map(v => `${INDENT}"${v}",\n`).join('');
  return `${e.name} = Literal[\n${values}]\n${docstring(e.comment, '')}`;
}
function dataclass(m) {
  const fields = m.fields.map(f => {
    const [type, value] = declared(m.name, f);
    return `${INDENT}${f.name}: ${type} = ${value}\n${docstring(f.comment, INDENT)}`;
  });
  const body = docstring(m.comment || 'See the proto.', INDENT) + (fields.length ? '\n' : '') + fields.join('');
  return `@dataclass(frozen=True, kw_only=True, repr=False)\nclass ${m.name}(${BASES[m.name] ?? 'Message'}):\n${body}`;
}
function readers(m) {
  const lines = m.fields.map(f => [f.name, reader(f)]).filter(([, r]) => r)
      .map(([name, r]) => `${INDENT}"${name}": ${r},\n`);
  return lines.length ? `${m.name}.READERS = {\n${lines.join('')}}\n` : '';
}

const [descriptors, file] = process.argv.slice(2);
const all = [...declarationsOf(descriptors)];
const messages = all.filter(d => d.declares === 'message');
const byName = new Map(messages.map(m => [m.name, m]));
const methods = all.filter(d => d.declares === 'service')
    .flatMap(s => s.methods.filter(m => !m.streams).map(m => ({...m, name: `${s.name}/${m.name}`})));
const changing = methods.filter(m => byName.get(m.request)?.fields.some(f => f.name === 'request_id'));
const list = names => names.map(n => `${INDENT}${INDENT}"${n.name}",\n`).join('');

writeFileSync(file, `"""The messages of isoshape.v1 as values, and the names of the calls.

Written by python/types_of_protos.mjs from proto/isoshape/v1; do not edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from isoshape._message import (
    ${[...new Set(['FieldMask', 'Message', 'number', 'several', 'time', ...Object.values(BASES)])]
    .sort((a, b) => (a[0] < 'a') === (b[0] < 'a') ? (a < b ? -1 : 1) : a[0] < 'a' ? -1 : 1).join(`,\n${INDENT}`)},
)

${all.filter(d => d.declares === 'enum').map(literal).join('\n')}

${messages.map(dataclass).join('\n\n')}

${messages.map(readers).filter(r => r).join('')}
METHODS = frozenset(
    (
${list(methods)}    )
)
"""Calls that have one answer."""

CHANGING = frozenset(
    (
${list(changing)}    )
)
"""Calls that carry a request_id: sent again with the same one, they are made once."""
`);
