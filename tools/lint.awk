# Rules that need one line at a time; -v rule= layout, words, places or calls (calls wants tools/strip.awk before it).

function found(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what
}

# Columns as a terminal shows them: a tab goes to the next multiple of 8, a UTF-8 character counts once.
function columns(line,    n, tab) {
	gsub(/[\200-\277]/, "", line)
	n = 0
	while ((tab = index(line, "\t")) > 0) {
		n += tab - 1
		n += 8 - n % 8
		line = substr(line, tab + 1)
	}
	return n + length(line)
}

BEGIN {
	width = 132
	# Written with brackets so that this file does not find itself.
	later = "(^|[^A-Za-z0-9_])(TO[D]O|FIX[M]E|X[X]X)([^A-Za-z0-9_]|$)"
	hosts = "(deb|security|archive)[.]debian[.]org|npmjs[.](org|com)|pypi[.]org|pythonhosted[.]org|crates[.]io|" \
	    "proxy[.]golang[.]org|rubygems[.]org|docker[.](io|com)|ghcr[.]io|quay[.]io"
	outside = "[.][.][/]shared|[/]work[/](main|shared)"
	# What each banned call should have been.
	say = "strcpy=memcpy with a length;strcat=struct buf;sprintf=snprintf;vsprintf=vsnprintf;gets=fgets;" \
	    "strtok=a loop over strcspn;atoi=strtol with bounds;atol=strtol with bounds;atof=strtod with bounds;" \
	    "system=posix_spawn;popen=posix_spawn;mktemp=mkstemp;tmpnam=mkstemp;alloca=struct arena;" \
	    "rand=the random source of base/clock.h;srand=the random source of base/clock.h"
	n = split(say, pair, ";")
	for (i = 1; i <= n; i++) {
		split(pair[i], p, "=")
		instead[p[1]] = p[2]
	}
}

FNR == 1 {
	is_code = FILENAME !~ /\.(md|yaml|yml|[1-8])$/
	is_c = FILENAME ~ /\.[ch]$/
	if (rule == "calls")
		code_start()
}

rule == "layout" {
	if (/[ \t\r]$/)
		found("white space at the end of the line")
	if (/^\t* +\t/)
		found("a space before a tab")
	else if (is_c && /^\t*        /)
		found("eight spaces where a tab belongs")
	if (is_code && columns($0) > width)
		found(columns($0) " columns, " width " are allowed")
}

rule == "words" && $0 ~ later {
	found("do it or drop it: nothing is left for later in the text")
}

rule == "places" {
	if ($0 ~ hosts)
		found("names a package registry's host")
	if (FILENAME != ".ci/run" && $0 ~ outside)
		found("names a place outside the project")
}

rule == "calls" {
	line = code($0, 0)
	while (match(line, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
		name = substr(line, RSTART, RLENGTH - 1)
		sub(/[ \t]+$/, "", name)
		before = RSTART > 1 ? substr(line, RSTART - 1, 1) : ""
		if ((name in instead) && before != "." && before != ">")
			found(name "() is not used here; use " instead[name])
		line = substr(line, RSTART + RLENGTH)
	}
}
