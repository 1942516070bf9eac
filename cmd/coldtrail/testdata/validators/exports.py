"""Judges files of `coldtrail export` by schemas and readers that others wrote.

    exports.py FORMAT FILE

It prints what it looked at, and ends with an error where something is not as the
schema has it. What is imported here is installed by .ci/run.
"""
import csv, datetime, json, sys


def lines(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            yield json.loads(line)


def ocsf(path, version):
    """Every event against the JSON Schema of its class, as the package ocsf-json-schema makes it of the schema's own release."""
    from jsonschema import Draft202012Validator
    from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

    schemas = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version))
    known, counts, bad = {}, {}, 0
    for n, event in enumerate(lines(path)):
        name = schemas.lookup_class_name_from_uid(class_uid=event["class_uid"])
        if name not in known:
            known[name] = Draft202012Validator(schemas.get_class_schema(name, profiles=event["metadata"]["profiles"]))
        counts[name] = counts.get(name, 0) + 1
        for error in known[name].iter_errors(event):
            bad += 1
            if bad < 20:
                print(f"event {n}, {error.json_path}: {error.message[:300]}")
        assert event["metadata"]["version"] == version
    assert bad == 0, f"{bad} errors"
    print(counts)


def stix(path):
    """OASIS's own validator, with the requirements it checks beyond the schemas."""
    from stix2validator import ValidationOptions, validate_file

    result = validate_file(path, ValidationOptions(version="2.1", strict=False))
    for o in result.object_results:
        for e in list(o.errors or []):
            print("error", o.object_id, e)
    assert result.is_valid, result
    # Ids that do not change with the run are no random ones: that is warned of, and nothing else may be.
    for o in result.object_results:
        for w in o.warnings or []:
            assert "is not a valid UUIDv4 ID" in str(w), w
    print(len(result.object_results), "objects")


def misp(path):
    """MISP's own library, which refuses types and categories that MISP does not have."""
    from pymisp import MISPEvent

    event = MISPEvent()
    event.load_file(path, validate=True)
    with open(path, encoding="utf-8") as f:
        written = json.load(f)["Event"]
    assert [a.value for a in event.attributes] == [a["value"] for a in written["Attribute"]]
    assert [a.type for a in event.attributes] == [a["type"] for a in written["Attribute"]]
    json.loads(event.to_json())
    print(len(event.attributes), "attributes")


def sarif(path):
    """The object model of the package sarif-pydantic, which refuses what the schema does not have."""
    from sarif_pydantic import Sarif

    with open(path, encoding="utf-8") as f:
        log = Sarif.model_validate_json(f.read())
    run = log.runs[0]
    for r in run.results:
        assert run.tool.driver.rules[r.rule_index].id == r.rule_id
    print(len(run.results), "results")


def xlsx(path):
    """openpyxl, which shares no code with the writer: every cell is a text or a number, and none is a formula."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    for sheet in book:
        rows = 0
        for row in sheet.iter_rows():
            rows += 1
            for cell in row:
                assert cell.value is None or cell.data_type in "sn", (sheet.title, cell.coordinate, cell.data_type)
                assert cell.data_type != "s" or cell.value is None or len(cell.value) <= 32767
        print(sheet.title, rows, "rows")


def hec(path):
    """What Splunk's documentation of the event collector says of an event."""
    n = 0
    for event in lines(path):
        assert set(event) <= {"time", "host", "source", "sourcetype", "index", "event", "fields"}, event
        assert isinstance(event["time"], (int, float)) and isinstance(event["event"], dict)
        assert all(isinstance(v, (str, int, float)) or isinstance(v, list) for v in event["fields"].values())
        n += 1
    print(n, "events")


def iris(path):
    """What DFIR-IRIS does with a timeline that is uploaded: iris-web, case_timeline_routes.py."""
    csv.field_size_limit(1 << 30)
    n = 0
    with open(path, encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            assert list(row) == "event_date,event_tz,event_title,event_category,event_content,event_raw,event_source,event_assets,event_iocs,event_tags".split(",")
            assert row["event_title"] and None not in row.values()
            datetime.datetime.strptime(row["event_date"] + row["event_tz"], "%Y-%m-%dT%H:%M:%S.%f%z")
            n += 1
    print(n, "events")


def l2tcsv(path):
    """The 17 columns as log2timeline's readers take them."""
    csv.field_size_limit(1 << 30)
    n = 0
    with open(path, encoding="utf-8", newline="") as f:
        rows = csv.DictReader(f)
        assert rows.fieldnames == "date,time,timezone,MACB,source,sourcetype,type,user,host,short,desc,version,filename,inode,notes,format,extra".split(",")
        for row in rows:
            datetime.datetime.strptime(row["date"] + " " + row["time"], "%m/%d/%Y %H:%M:%S")
            assert None not in row and None not in row.values()
            n += 1
    print(n, "events")


def sqlite(path):
    """SQLite's own library: its check of the file's structure, and a count of each table."""
    import sqlite3

    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
        print(name, db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0], "rows")


def navigator(path):
    """MITRE's own library of layers: it refuses what the format does not have, and what it has read is what was written."""
    import importlib.util, os, types

    where = importlib.util.find_spec("mitreattack").submodule_search_locations[0]
    for name, below in ("mitreattack", ""), ("mitreattack.navlayers", "navlayers"):  # without their imports: pictures and tables
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [os.path.join(where, below)]
    from mitreattack.navlayers.core import Layer

    with open(path, encoding="utf-8") as f:
        written = json.load(f)
    read = Layer(written, strict=True).to_dict()
    assert read is not None, "refused: see above"
    assert read["versions"] == written["versions"], read["versions"]
    assert len(read["techniques"]) == len(written["techniques"]) > 0
    for a, b in zip(read["techniques"], written["techniques"]):
        for member, value in b.items():
            assert a.get(member) == value, (member, a.get(member), value)
    for member in "name", "domain", "description", "gradient", "legendItems", "filters", "layout", "sorting":
        if member in written:
            assert member in read, member
    print(len(read["techniques"]), "techniques")


check = {
    "ocsf": lambda path: ocsf(path, "1.5.0"), "ocsf-1.1.0": lambda path: ocsf(path, "1.1.0"), "stix": stix, "misp": misp, "sarif": sarif,
    "xlsx": xlsx, "splunk-hec": hec, "dfir-iris": iris, "l2tcsv": l2tcsv, "sqlite": sqlite, "navigator": navigator,
}
check[sys.argv[1]](sys.argv[2])
