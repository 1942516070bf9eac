-- An error that says what Trino would say: see trinoMessage. TRY does not take the engine's error().
CREATE MACRO trino.fail(message) AS CAST('trino: ' || message AS INTEGER);
CREATE MACRO trino.fail_text(message) AS CAST(trino.fail(message) AS VARCHAR);
CREATE MACRO trino.refused(x, type_name) AS trino.fail_text('Cannot cast ''' || CAST(x AS VARCHAR) || ''' to ' || type_name);
