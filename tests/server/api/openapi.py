# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of data/openapi.yaml: what is documented for an operation, and whether a value fits a schema.

Only what the file uses is understood; a keyword that is not known is an error, so that nothing
passes because it was not looked at.
"""
import re

import yaml

METHODS = ('get', 'post', 'put', 'patch', 'delete')
KNOWN = {'type', 'format', 'description', 'required', 'additionalProperties', 'properties', 'items', 'enum', 'nullable',
         'allOf', 'oneOf', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'default'}


class Document:
    def __init__(self, path):
        with open(path, encoding='utf-8') as f:
            self.root = yaml.safe_load(f)

    def resolve(self, node):
        while '$ref' in node:
            at = self.root
            for part in node['$ref'].removeprefix('#/').split('/'):
                at = at[part]
            node = at
        return node

    def operations(self):
        for path, item in self.root['paths'].items():
            for method in METHODS:
                if method in item:
                    yield method.upper(), path, item[method]

    def operation(self, method, path):
        return self.root['paths'][path][method.lower()]

    def response(self, operation, status):
        """The documented answer; the default one stands for problems only."""
        responses = operation['responses']
        if str(status) in responses:
            return self.resolve(responses[str(status)])
        return self.resolve(responses['default']) if status >= 400 else None

    def refs(self, node=None):
        node = self.root if node is None else node
        if isinstance(node, dict):
            if '$ref' in node:
                yield node['$ref']
            for value in node.values():
                yield from self.refs(value)
        elif isinstance(node, list):
            for value in node:
                yield from self.refs(value)

    def misfits(self, value, schema, where='body'):
        """Sentences on what of @value does not fit @schema."""
        schema = self.resolve(schema)
        unknown = set(schema) - KNOWN
        if unknown:
            yield f'{where}: the schema has keywords that the test does not know: {sorted(unknown)}'
        if value is None:
            if not schema.get('nullable'):
                yield f'{where}: null'
            return
        for part in schema.get('allOf', ()):
            yield from self.misfits(value, part, where)
        if 'oneOf' in schema and sum(not list(self.misfits(value, s, where)) for s in schema['oneOf']) != 1:
            yield f'{where}: {value!r} fits not exactly one of the kinds'
        if 'enum' in schema and value not in schema['enum']:
            yield f'{where}: {value!r} is none of {schema["enum"]}'
        check = getattr(self, '_' + schema['type'], None) if 'type' in schema else None
        if check:
            yield from check(value, schema, where)

    def _object(self, value, schema, where):
        if not isinstance(value, dict):
            yield f'{where}: no object'
            return
        properties = schema.get('properties', {})
        for name in schema.get('required', ()):
            if name not in value:
                yield f'{where}: {name} is missing'
        more = schema.get('additionalProperties', True)
        for name, member in value.items():
            if name in properties:
                yield from self.misfits(member, properties[name], f'{where}.{name}')
            elif more is False:
                yield f'{where}: {name} is not documented'
            elif isinstance(more, dict):
                yield from self.misfits(member, more, f'{where}.{name}')

    def _array(self, value, schema, where):
        if not isinstance(value, list):
            yield f'{where}: no array'
            return
        if not schema.get('minItems', 0) <= len(value) <= schema.get('maxItems', len(value)):
            yield f'{where}: {len(value)} elements'
        for i, element in enumerate(value):
            yield from self.misfits(element, schema['items'], f'{where}[{i}]')

    def _string(self, value, schema, where):
        if not isinstance(value, str):
            yield f'{where}: {value!r} is no string'
        elif 'pattern' in schema and not re.search(schema['pattern'], value):
            yield f'{where}: {value!r} does not match {schema["pattern"]}'
        elif not schema.get('minLength', 0) <= len(value) <= schema.get('maxLength', len(value)):
            yield f'{where}: {len(value)} characters'

    def _integer(self, value, schema, where):
        if not isinstance(value, int) or isinstance(value, bool):
            yield f'{where}: {value!r} is no integer'
        elif not schema.get('minimum', value) <= value <= schema.get('maximum', value):
            yield f'{where}: {value} is out of range'

    def _boolean(self, value, schema, where):
        if not isinstance(value, bool):
            yield f'{where}: {value!r} is no boolean'
