# SQL is literal text with bound parameters; it is never built from data. Wants tools/strip.awk before it and all
# sources at once.
#
# The statement handed to sqlite3_prepare*() and sqlite3_exec() must be one of
#   literals and CAPITAL macros, or a choice between two such;
#   a name declared `static const` in the same file, or an entry of such a table, or the member ...sql of a
#   `const struct`;
#   a parameter of the function around it. Then that function is held to the same rule at each call, and so on;
#   a call of a function that returns const char * and nothing but such statements.
# And no format string may begin like a statement and have a conversion in it.
# It is a net with a known mesh, not a proof: a name's declaration is looked for by its spelling.

FNR == 1 {
	files++
	file[files] = FILENAME
	text[files] = "\n"
	code_start()
}

{
	text[files] = text[files] code($0, 0) "\n"
	line = $0
	if (match(line, /"(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|PRAGMA|ATTACH|WITH) [^"]*"/)) {
		literal = substr(line, RSTART, RLENGTH)
		gsub(/'[^']*'/, "", literal)	# a format inside the statement, for SQL's own printf
		if (literal ~ /%[-0-9.*]*[lzjhqwQ]*[sdiuxcqwQ]/)
			printf "%s:%d: a statement is built with a format: bind a parameter instead\n", FILENAME, FNR
	}
}

function line_of(t, pos,    part, n) {
	part = substr(t, 1, pos)
	n = gsub(/\n/, "", part)
	return n < 1 ? 1 : n
}

# Argument ${want} (1 is the first) of the call whose "(" stands at ${pos}.
function argument(t, pos, want,    depth, n, from, i, c) {
	depth = 0
	n = 1
	from = pos + 1
	for (i = pos; i <= length(t); i++) {
		c = substr(t, i, 1)
		if (c == "(" || c == "[" || c == "{")
			depth++
		else if (c == ")" || c == "]" || c == "}")
			depth--
		if ((c == "," && depth == 1) || depth == 0) {
			if (n == want)
				return trim(substr(t, from, i - from))
			if (depth == 0)
				return ""
			n++
			from = i + 1
		}
	}
	return ""
}

function trim(s) {
	gsub(/[ \t\n]+/, " ", s)
	sub(/^ /, "", s)
	sub(/ $/, "", s)
	return s
}

# Where the function around ${pos} begins: its name stands at the start of a line (docs/hacking.md).
function enclosing(t, pos,    at, from, rest) {
	at = 0
	from = 1
	rest = substr(t, 1, pos)
	while (match(rest, /\n[a-z_][a-z0-9_]*\(/)) {
		at = from + RSTART
		from += RSTART + RLENGTH - 1
		rest = substr(t, from, pos - from + 1)
	}
	return at
}

# Which parameter of the function at ${at} is the text ${name}? 0: none.
function parameter(t, at, name,    open, k, a) {
	open = at + index(substr(t, at), "(") - 1
	for (k = 1; k <= 12; k++) {
		a = argument(t, open, k)
		if (a == "")
			return 0
		if (a ~ ("^const char \\*(const )?" name "$"))
			return k
	}
	return 0
}

function literal_only(s) {
	return s ~ /^(""|[A-Z][A-Z0-9_]*| )+$/
}

function constant(f, s, around,    base, member) {
	if (literal_only(s))
		return 1
	if (match(s, /\? /)) {
		s = substr(s, RSTART + 2)
		return literal_only(substr(s, 1, index(s, " : ") - 1)) && constant(f, substr(s, index(s, " : ") + 3), around)
	}
	if (!match(s, /^[a-z_][a-zA-Z0-9_]*/))
		return 0
	base = substr(s, 1, RLENGTH)
	member = substr(s, RLENGTH + 1)
	if (text[f] ~ ("static const (struct [a-z_ ]*{[^}]*}|[A-Za-z_ *]*)[ *]" base "(\\[|[ ]*=)"))
		return 1
	return member ~ /(->|\.)([a-z_]*_)?sql$/ && around ~ ("const struct [a-z_]+ \\*(const )?" base "[^a-z0-9_]")
}

# Does the function that ${s} calls return nothing but constant statements?
function literal_function(here, s, depth,    name, f, k, body, rest, value, returns) {
	if (depth > 3 || !match(s, /^[a-z_][a-z0-9_]*\(/))
		return 0
	name = substr(s, 1, RLENGTH - 1)
	for (k = 0; k <= files; k++) {
		f = k ? k : here	# a function of this file first; of others only what they export
		if (!match(text[f], (k ? "\n" : "") "const char \\*\n" name "\\("))
			continue
		body = substr(text[f], RSTART)
		body = substr(body, 1, index(body, "\n}"))
		rest = body
		returns = 0
		while (match(rest, /return [^;]*;/)) {
			value = trim(substr(rest, RSTART + 7, RLENGTH - 8))
			rest = substr(rest, RSTART + RLENGTH)
			returns++
			if (!constant(f, value, body) && !literal_function(f, value, depth + 1))
				return 0
		}
		return returns > 0
	}
	return 0
}

# All calls of ${name} in file ${f}: learn wrappers, or (report) say what is wrong.
function calls(f, name, want, report,    t, from, rest, pos, s, at, k, own) {
	t = text[f]
	from = 1
	rest = t
	while (match(rest, "[^A-Za-z0-9_.>]" name "[ ]?\\(")) {
		pos = from + RSTART + RLENGTH - 2
		own = substr(t, from + RSTART - 1, 1) == "\n"
		from = pos + 1
		rest = substr(t, from)
		s = argument(t, pos, want)
		if (own || s == "" || s ~ /^const char /)
			continue
		at = enclosing(t, pos)
		if (constant(f, s, substr(t, at ? at : 1, pos - at)) || literal_function(f, s, 0))
			continue
		k = at && s ~ /^[a-z_][a-z0-9_]*$/ ? parameter(t, at, s) : 0
		if (k) {
			match(substr(t, at), /^[a-z_0-9]+/)
			learn(substr(t, at, RLENGTH), k)
			if (substr(t, 1, at - 1) ~ /\nstatic [^\n;{}]*\n$/)
				only[substr(t, at, RLENGTH)] = f	# nobody outside this file can call it
		} else if (report)
			printf "%s:%d: %s() is given \"%s\", not literal SQL\n", file[f], line_of(t, pos), name, s
	}
}

function learn(name, k) {
	if (name in held)
		return
	held[name] = k
	order[++checked] = name
}

END {
	learn("sqlite3_prepare", 2)
	learn("sqlite3_prepare_v2", 2)
	learn("sqlite3_prepare_v3", 2)
	learn("sqlite3_exec", 2)
	for (i = 1; i <= checked && i <= 200; i++)
		for (f = 1; f <= files; f++)
			if (index(text[f], order[i]) && (!(order[i] in only) || only[order[i]] == f))
				calls(f, order[i], held[order[i]], 1)
}
