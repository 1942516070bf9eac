// Judges a file of `coldtrail export --format ecs` by the fields of @elastic/ecs:
//
//   node ecs.js PACKAGE FILE
//
// Every field must be one of the schema, of its type and, where it lists some, one of its
// values; but for those under aws and coldtrail, which are custom.
const [pkg, file] = process.argv.slice(2);
const { EcsFlat } = require(pkg);
const types = {
  keyword: (v) => typeof v === "string", match_only_text: (v) => typeof v === "string", wildcard: (v) => typeof v === "string", constant_keyword: (v) => typeof v === "string",
  date: (v) => !isNaN(Date.parse(v)), ip: (v) => require("net").isIP(v) > 0, long: Number.isInteger, boolean: (v) => typeof v === "boolean",
};
let documents = 0, errors = 0;
const fail = (n, text) => { if (++errors < 20) console.log(`line ${n}: ${text}`); };
const leaf = (n, name, value) => {
  const field = EcsFlat[name];
  if (!field) return fail(n, `${name} is no field`);
  const list = field.normalize.includes("array");
  if (list !== Array.isArray(value)) return fail(n, `${name}: a list or not`);
  for (const v of list ? value : [value]) {
    if (!(types[field.type] || (() => false))(v)) fail(n, `${name}: ${v} is not of type ${field.type}`);
    const allowed = field.allowed_values || [];
    if (allowed.length && !allowed.some((a) => a.name === v)) fail(n, `${name}: ${v} is not one of its values`);
  }
};
const walk = (n, prefix, object) => {
  for (const [name, value] of Object.entries(object)) {
    const path = prefix + name;
    if (path === "aws" || path === "coldtrail") continue;
    if (value !== null && typeof value === "object" && !Array.isArray(value)) walk(n, path + ".", value);
    else leaf(n, path, value);
  }
};
require("fs").readFileSync(file, "utf8").trimEnd().split("\n").forEach((line, n) => {
  const object = JSON.parse(line);
  if (n % 2 === 0) {
    if (JSON.stringify(object) !== '{"create":{}}') fail(n, "no action");
    return;
  }
  documents++;
  walk(n, "", object);
  for (const category of object.event.category)
    for (const type of object.event.type) {
      const { expected_event_types } = EcsFlat["event.category"].allowed_values.find((a) => a.name === category);
      if (!expected_event_types.includes(type)) fail(n, `type ${type} is not expected of ${category}`);
    }
});
console.log(documents, "documents");
process.exit(errors > 0 ? 1 : 0);
