# What came of a run of tools/test.sh: reads the numbers of its programs and, for each, the files the run left in
# ${work}:
#   N.name   N.end (number, name, exit status, milliseconds)   N.out (standard output: TAP)   N.err (standard error)
# Prints what failed, the slowest five and the count; exits 1 if anything failed.
#
# A test point is passed ("ok"), skipped ("ok ... # SKIP why") or failed ("not ok", whatever follows: no excuses here).
# On top of its points a program fails once when it
#   crashed, ran over the limit or exited non-zero without a failed point;
#   printed no plan or several, or another number of points than planned, or numbered them out of order;
#   planned nothing without saying why ("1..0 # SKIP why" is one skipped point); or printed "Bail out!".
# A build that failed in part is one more failure, as a program left over from an earlier build proves nothing.

function trouble(text) {
	failed++
	bad = 1
	report = report "  " text "\n"
}

function skipped_line(line) {
	return tolower(line) ~ /#[ \t]*skip/
}

# One line of a program's standard output.
function tap_line(line,    number) {
	if (line ~ /^(not )?ok([ \t]|$)/) {
		points++
		number = line
		sub(/^(not )?ok[ \t]*/, "", number)
		if (number ~ /^[0-9]/ && number + 0 != points && !disorder)
			disorder = points
		after_failure = line ~ /^not/
		if (after_failure) {
			failed++
			bad = 1
			failed_here++
			report = report "  " line "\n"
		} else if (skipped_line(line))
			skipped++
		else
			passed++
	} else if (line ~ /^1\.\.[0-9]+/) {
		plans++
		planned = substr(line, 4) + 0
		skip_all = planned == 0 && skipped_line(line)
		after_failure = 0
	} else if (line ~ /^Bail out!/)
		trouble(line)
	else if (after_failure && line ~ /^[ \t]*#/)
		report = report "  " line "\n"
}

function exit_trouble(status) {
	if (status == 124 || status == 137)
		trouble("ran over the limit of " limit " s (status " status ")")
	else if (status == 127 || status == 126)
		trouble("cannot be run: it was not built, or is not executable")
	else if (status > 128)
		trouble("crashed with signal " (status - 128))
	else if (status != 0 && !failed_here)
		trouble("exited with status " status " though no test point failed")
}

function plan_trouble() {
	if (plans == 0)
		trouble("printed no plan (1..N); it stopped after test point " points)
	else if (plans > 1)
		trouble("printed " plans " plans")
	else if (skip_all && points == 0)
		skipped++
	else if (planned != points)
		trouble("planned " planned " test points and ran " points)
	else if (points == 0)
		trouble("ran no test point")
	if (disorder)
		trouble("test point " disorder " is numbered otherwise")
}

# The last lines a failed program wrote to its standard error: sanitizer reports, assertions, shell messages.
function last_words(file,    line, n, i) {
	n = 0
	while ((getline line < file) > 0)
		words[n++ % 60] = line
	close(file)
	for (i = n > 60 ? n - 60 : 0; i < n; i++)
		report = report "  | " words[i % 60] "\n"
}

{
	file = work "/" $1
	points = plans = planned = skip_all = after_failure = failed_here = disorder = bad = 0
	report = ""
	if ((getline line < (file ".end")) <= 0) {
		getline line < (file ".name")
		trouble("was not run to its end")
		print "FAILED " line "\n" report
		next
	}
	close(file ".end")
	split(line, end, "\t")
	while ((getline line < (file ".out")) > 0)
		tap_line(line)
	close(file ".out")
	exit_trouble(end[3])
	if (end[3] < 124)
		plan_trouble()
	if (bad) {
		last_words(file ".err")
		printf "FAILED %s\n%s\n", end[2], report
	}
	programs++
	ms[end[2]] = end[4]
}

END {
	if (built != "ok") {
		failed++
		print "FAILED build\n  something did not compile or link: see the compiler's messages above\n"
	}
	print "slowest of " programs " test programs:"
	for (k = 0; k < 5; k++) {
		top = ""
		for (name in ms)
			if (top == "" || ms[name] + 0 > ms[top] + 0 || (ms[name] == ms[top] && name < top))
				top = name
		if (top == "")
			break
		printf "%8.2f s  %s\n", ms[top] / 1000, top
		delete ms[top]
	}
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0
}
