package report

import (
	"fmt"
	"slices"
	"strings"
)

// exportColumns are the columns inside the files of an export: those of the event
// store, but for the ones that are partitions, whose names an engine must not
// find twice.
var exportColumns = slices.DeleteFunc(slices.Clone(eventColumns), func(c column) bool {
	return slices.Contains(partitionNames, c.Name)
})

// partitionNames are the columns that the names of an export's directories hold.
var partitionNames = []string{"account", "region", "year", "month", "day"}

// A dialect is how an engine writes types.
type dialect struct {
	text, number, time, bytes string
	group, field              string // formats: of the fields; of name and type
	list, pairs               string // formats: of the element; of key and value
	optional                  string // format of a type that may be NULL; groups and lists may always
	column, name              string // formats of a column's name, and of one inside a group
}

var (
	// hive is for Athena and Spark too. Inside struct<…> names take no quotes.
	hive  = dialect{"string", "bigint", "timestamp", "binary", "struct<%s>", "%s:%s", "array<%s>", "map<%s,%s>", "%s", "`%s`", "%s"}
	trino = dialect{"varchar", "bigint", "timestamp(6)", "varbinary", "ROW(%s)", "%s %s", "ARRAY(%s)", "MAP(%s,%s)", "%s", `"%s"`, `"%s"`}
	// clickHouse has no Nullable groups or lists: a missing one is empty.
	clickHouse = dialect{"String", "Int64", "DateTime64(6, 'UTC')", "String", "Tuple(%s)", "%s %s", "Array(%s)", "Map(%s, %s)", "Nullable(%s)", "`%s`", "`%s`"}
)

// typeOf writes a column's type.
func (d *dialect) typeOf(c *column) string {
	var s string
	switch c.Type {
	case structColumn:
		var fields []string
		for i := range c.Fields {
			fields = append(fields, fmt.Sprintf(d.field, fmt.Sprintf(d.name, c.Fields[i].Name), d.typeOf(&c.Fields[i])))
		}
		return fmt.Sprintf(d.group, strings.Join(fields, ","))
	case listColumn:
		return fmt.Sprintf(d.list, d.typeOf(&c.Fields[0]))
	case mapColumn:
		return fmt.Sprintf(d.pairs, d.typeOf(&c.Fields[0]), d.typeOf(&c.Fields[1]))
	case numberColumn:
		s = d.number
	case timeColumn:
		s = d.time
	case bytesColumn:
		s = d.bytes
	default:
		s = d.text
	}
	if c.Required {
		return s
	}
	return fmt.Sprintf(d.optional, s)
}

// columns writes the columns of a table, one a line, and after them its
// partitions of that type, where one is given.
func (d *dialect) columns(partition string) string {
	var lines []string
	for i := range exportColumns {
		c := &exportColumns[i]
		lines = append(lines, "  "+fmt.Sprintf(d.column, c.Name)+" "+d.typeOf(c))
	}
	if partition != "" {
		lines = append(lines, "  "+d.partitions(" "+partition))
	}
	return strings.Join(lines, ",\n") + "\n"
}

// partitions writes the partitions, each with that after its name.
func (d *dialect) partitions(after string) string {
	var out []string
	for _, p := range partitionNames {
		out = append(out, fmt.Sprintf(d.column, p)+after)
	}
	return strings.Join(out, ", ")
}

// ddl returns the files of an export that make its tables, by their names. Each
// holds one statement, as Athena wants it, and no semicolon elsewhere.
func ddl() map[string]string {
	return map[string]string{
		"ddl/athena.sql": "-- Athena, Hive. Put the place of the copy below. Then: MSCK REPAIR TABLE cloudtrail\n" +
			"CREATE EXTERNAL TABLE cloudtrail (\n" + hive.columns("") + ")\n" +
			"PARTITIONED BY (" + hive.partitions(" string") + ")\nSTORED AS PARQUET\nLOCATION 's3://BUCKET/PREFIX/';\n",
		"ddl/trino.sql": "-- Trino, Hive connector. Put the place of the copy below. Then: CALL system.sync_partition_metadata('SCHEMA', 'cloudtrail', 'FULL')\n" +
			"CREATE TABLE cloudtrail (\n" + trino.columns("varchar") + ")\n" +
			"WITH (format = 'PARQUET', external_location = 's3://BUCKET/PREFIX/', partitioned_by = ARRAY['" + strings.Join(partitionNames, "', '") + "']);\n",
		"ddl/spark.sql": "-- Spark SQL. Put the place of the copy below. Then: MSCK REPAIR TABLE cloudtrail\n" +
			"CREATE TABLE cloudtrail (\n" + hive.columns("string") + ")\nUSING parquet\n" +
			"PARTITIONED BY (" + hive.partitions("") + ")\nLOCATION '/PATH/';\n",
		"ddl/clickhouse.sql": "-- ClickHouse. Put the place of the copy below: for S3 it is s3('https://…/**/*.parquet', 'Parquet', …)\n" +
			"CREATE VIEW cloudtrail AS\nSELECT *" + clickHousePartitions() + "\nFROM file('PATH/**/*.parquet', 'Parquet', $$\n" +
			clickHouse.columns("") + "$$);\n",
		"README": "The events of a coldtrail case as Parquet, in directories account=/region=/year=/month=/day=, which are columns to an engine that reads Hive's layout.\n" +
			"ddl/ has the statements that make a table of them in Athena, Trino, Spark and ClickHouse; DuckDB needs none: read_parquet('**/*.parquet', hive_partitioning = true, hive_types_autocast = false).\n" +
			"The columns are Athena's for CloudTrail, then coldtrail's; eventjson is the record as it was delivered, and object_ordinal, record_index and record_offset say where it lies in the case's evidence.\n",
	}
}

// clickHousePartitions takes the partitions out of the path, which every version can.
func clickHousePartitions() string {
	var b strings.Builder
	for _, p := range partitionNames {
		fmt.Fprintf(&b, ",\n  decodeURLComponent(extract(_path, '/%s=([^/]*)/')) AS `%s`", p, p)
	}
	return b.String()
}
