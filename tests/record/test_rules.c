/* The rules between fields, under their numbers: for each one texts that break it and texts that come close and do not. */
#include "record/edit.h"
#include "record/tables.h"
#include "tap.h"

#define R1 "\"0163a5b8e41c7d2f8a3b5c6d7e8f9a0b\""
#define R1V "\"0163a5b8e41c7d2f8a3b5c6d7e8f9a0b@1\""
#define HASH "\"0000000000000000000000000000000000000000000000000000000000000007\""
#define MT "[{\"lang\":\"en\",\"text\":\"x\"}]"
#define QTY "{\"n\":\"1\",\"unit\":\"piece\",\"how\":\"MEASURED\"}"
#define SRC "[{\"name\":\"x\"}]"
#define LISTED(m) "{\"base\":\"LIST\",\"members\":" m "}"

static const struct {
	int rule;			/* broken; 0: the record is good */
	int near;			/* the rule that a good record comes close to */
	const char *example, *edits;
} cases[] = {
	{ 1, 0, "incident", "prev=" HASH }, { 1, 0, "incident", "seq=2" }, { 0, 1, "incident", "seq=2; prev=" HASH },
	{ 2, 0, "incident", "basis=[]" }, { 2, 0, "undertaking", "basis=[]" }, { 2, 0, "decision", "basis=[]" },
	{ 0, 2, "meeting", "basis=[]" }, { 0, 2, "control", "basis=[]" },
	{ 0, 2, "incident", "basis=[]; audience={\"base\":\"PUBLIC\"}; tlp=\"CLEAR\"" },
	{ 3, 0, "incident", "-delivery" }, { 0, 3, "incident", "-delivery; audience={\"base\":\"PUBLIC\"}; tlp=\"CLEAR\"" },
	{ 4, 0, "incident", "delivery=[\"kz\",\"kg\"]" }, { 4, 0, "incident", "delivery=[\"kz1\",\"kz\"]" },
	{ 0, 4, "incident", "delivery=[\"kz\",\"kz-1\",\"kz1\"]" },
	{ 5, 0, "incident", "audience.exclude=[\"tj\"]" }, { 5, 0, "incident", "audience.exclude=[\"kz\"]; delivery=[\"kg\"]" },
	{ 0, 5, "incident", "audience.exclude=[\"tj\"]; delivery=[\"kg\"]" },
	{ 6, 0, "incident", "audience=" LISTED("[\"kg\"]") },
	{ 0, 6, "incident", "audience=" LISTED("[\"kg\"]") "; delivery=[\"kg\",\"kz\"]" },
	{ 0, 6, "incident", "audience=" LISTED("[\"kg\",\"tj\"]") "; delivery=[\"kg\"]" },
	{ 7, 0, "incident", "audience={\"base\":\"PUBLIC\"}" },
	{ 0, 7, "incident", "audience={\"base\":\"PUBLIC\"}; tlp=\"CLEAR\"" },
	{ 7, 0, "incident",
	    "audience={\"base\":\"PUBLIC\"}; tlp=\"CLEAR\"; class={\"level\":1,\"label\":\"C\",\"mapping\":\"m\"}" },
	{ 8, 0, "incident", "pd=\"PSEUDONYM\"" }, { 8, 0, "report", "pd=\"IDENTIFYING\"" }, { 8, 0, "meeting", "pd=\"COUNTS\"" },
	{ 8, 0, "authority", "pd=\"SPECIAL\"" }, { 8, 0, "control", "pd=\"IDENTIFYING\"" }, { 0, 8, "notice", "pd=\"SPECIAL\"" },
	{ 0, 8, "report", "pd=\"COUNTS\"" },
	{ 9, 0, "notice", "-review_by" }, { 9, 0, "reply", "-delete_by" }, { 0, 9, "request", "-review_by; -delete_by" },
	{ 10, 0, "notice", "review_by=\"2028-05-29\"" }, { 0, 10, "notice", "review_by=\"2028-05-28\"" },
	{ 11, 0, "incident", "effective_until=\"2018-05-27T23:59:59.999Z\"" },
	{ 0, 11, "incident", "effective_until=\"2018-05-28T00:00:00Z\"" },
	{ 12, 0, "incident", "basis=[{}]" }, { 12, 0, "incident", "basis=[{\"instrument\":\"treaty\"}]" },
	{ 12, 0, "incident", "basis=[{\"decision\":" R1 ",\"consent\":" R1 "}]" },
	{ 12, 0, "incident", "basis=[{\"decision\":" R1 ",\"article\":\"7\"}]" },
	{ 0, 12, "incident", "basis=[{\"consent\":" R1V "}]" },
	{ 13, 0, "incident", "audience={\"base\":\"PARTIES\"}" },
	{ 13, 0, "incident", "audience={\"base\":\"LIST\",\"of\":\"treaty\"}" },
	{ 13, 0, "incident", "audience={\"base\":\"ALL_MEMBERS\",\"of\":\"treaty\"}" },
	{ 13, 0, "incident", "audience={\"base\":\"BODY\",\"of\":\"council\",\"members\":[\"kg\"]}" },
	{ 0, 13, "incident", "audience={\"base\":\"ALL_MEMBERS\"}" },
	{ 0, 13, "incident", "audience={\"base\":\"BODY\",\"of\":\"council\"}" },
	{ 14, 0, "notice", "class={\"level\":1}" }, { 14, 0, "notice", "class={\"level\":1,\"label\":\"C\"}" },
	{ 14, 0, "control-marking", "-body.marking.class.mapping" }, { 14, 0, "participant", "-body.classes[0].label" },
	{ 0, 14, "notice", "class={\"level\":0}" },
	{ 15, 0, "notice", "grade={\"scheme\":\"EU4x4\",\"source\":\"D\",\"info\":\"1\"}" },
	{ 15, 0, "notice", "grade={\"scheme\":\"EU4x4\",\"source\":\"A\",\"info\":\"5\"}" },
	{ 15, 0, "notice", "grade={\"scheme\":\"EU4x4\",\"source\":\"F\",\"info\":\"1\"}" },
	{ 15, 0, "notice", "grade={\"scheme\":\"ADM\",\"source\":\"X\",\"info\":\"1\"}" },
	{ 0, 15, "notice", "grade={\"scheme\":\"ADM\",\"source\":\"F\",\"info\":\"6\"}" },
	{ 0, 15, "notice", "grade={\"scheme\":\"EU4x4\",\"source\":\"C\",\"info\":\"4\"}" },
	{ 16, 0, "notice", "-body.subject.person.names[0].scheme" }, { 16, 0, "notice", "-body.subject.person.names[0].latin" },
	{ 0, 16, "notice", "-body.subject.person.names[0].latin; -body.subject.person.names[0].scheme" },
	{ 17, 0, "notice", "body.subject.person.minor=true" }, { 17, 0, "reply", "body.core[0].status=\"VICTIM\"" },
	{ 0, 17, "notice", "body.subject.person.minor=true; pd=\"SPECIAL\"" },
	{ 18, 0, "notice", "body.offence.actual_months=181" }, { 0, 18, "notice", "body.offence.actual_months=180" },
	{ 19, 0, "incident", "body.counts.dead=4" }, { 19, 0, "incident", "body.counts.dead_low=3" },
	{ 19, 0, "incident", "-body.counts.dead; body.counts.dead_low=4" },
	{ 0, 19, "incident", "body.counts.dead=4; body.flags=[\"LOW_BEST_HIGH_ORDER\"]" },
	{ 0, 19, "incident", "body.counts.dead=3; body.counts.dead_low=3" }, { 0, 19, "incident", "-body.counts.dead_high" },
	{ 20, 0, "incident", "body.when.occurred_to=\"2018-05-26\"" },
	{ 0, 20, "incident", "body.when.occurred_to=\"2018-05-26\"; body.flags=[\"TIME_ORDER\"]" },
	{ 0, 20, "incident", "body.when.occurred_to=\"2018\"" },
	{ 21, 0, "incident", "body.when={\"precision\":\"UNKNOWN\"}" },
	{ 0, 21, "incident", "body.when={\"aware_at\":\"2018-05-27T20:00:00Z\"}" },
	{ 22, 0, "report", "body.period.to=\"2018-04-30\"" }, { 0, 22, "report", "body.period.to=\"2018-05\"" },
	{ 23, 0, "cbm", "body.phases[0].to=\"2018-07-31\"" }, { 0, 23, "cbm", "body.phases[0].to=\"2018-08-01\"" },
	{ 24, 0, "body", "-body.rules[1].num" }, { 24, 0, "body", "body.rules[1].num=4" },
	{ 24, 0, "body", "-body.rules[1].base" },
	{ 24, 0, "decision-adopted", "-body.rule.max_excluded" }, { 0, 24, "body", "body.rules[1].num=3" },
	{ 25, 0, "body", "body.quorum={}" }, { 25, 0, "body", "body.quorum={\"n\":2,\"num\":1,\"den\":2}" },
	{ 25, 0, "body", "body.quorum={\"num\":3,\"den\":2}" }, { 25, 0, "body", "body.quorum={\"num\":1}" },
	{ 0, 25, "body", "body.quorum={\"n\":2}" },
	{ 26, 0, "instrument", "-body.eif.n" }, { 26, 0, "instrument-dated", "-body.eif.date" },
	{ 26, 0, "instrument-dated", "body.eif.rule=\"ON_SIGNATURE\"" },
	{ 26, 0, "instrument-dated", "body.eif.must_include=[\"kz\"]" },
	{ 0, 26, "instrument-dated", "body.eif={\"rule\":\"ALL_SIGNATORIES\"}" },
	{ 27, 0, "instrument", "-body.survival.dur" },
	{ 27, 0, "instrument-dated", "body.survival.dur={\"n\":1,\"unit\":\"Y\"}" },
	{ 0, 27, "instrument-dated", "body.survival={\"rule\":\"UNTIL_DELETE_BY\"}" },
	{ 28, 0, "instrument", "-body.term.renewal_dur" }, { 28, 0, "instrument", "body.term.renewal=\"NONE\"" },
	{ 0, 28, "instrument", "body.term.renewal=\"NONE\"; -body.term.renewal_dur" },
	{ 29, 0, "authority", "-body.hours.open" }, { 29, 0, "authority", "body.hours.mode=\"ALWAYS\"" },
	{ 0, 29, "authority", "body.hours={\"mode\":\"ALWAYS\"}" },
	{ 31, 0, "participant", "body.status_to=\"1999\"" }, { 0, 31, "participant", "body.status_to=\"2000\"" },
	{ 32, 0, "authority", "body.valid_to=\"2017-12-31\"" }, { 0, 32, "authority", "body.valid_to=\"2018-01-01\"" },
	{ 33, 0, "instrument", "body.reservations=\"FREE\"" }, { 33, 0, "instrument", "-body.reservations" },
	{ 0, 33, "instrument", "body.reservations=\"FREE\"; -body.reservable" },
	{ 34, 0, "action", "-body.provisions; -body.text" },
	{ 34, 0, "action", "body.act=\"INTERPRET\"; -body.provisions; -body.text" },
	{ 0, 34, "action", "-body.provisions" }, { 0, 34, "action", "body.act=\"RATIFY\"; -body.provisions; -body.text" },
	{ 35, 0, "action", "body.act=\"OBJECT\"; -body.target" }, { 35, 0, "action", "body.act=\"CORRECTION\"; -body.target" },
	{ 35, 0, "action", "body.act=\"REVOKE_WITHDRAWAL\"; -body.target" },
	{ 0, 35, "action", "body.act=\"ACCEDE\"; -body.target" },
	{ 36, 0, "action-territory", "-body.territories" }, { 36, 0, "action", "body.territories=[\"x\"]" },
	{ 0, 36, "action-territory", "body.act=\"TERRITORIAL_EXTEND\"" },
	{ 37, 0, "action", "-body.act_date; -body.deposit_date" }, { 0, 37, "action", "-body.act_date" },
	{ 38, 0, "meeting", "body.end=\"2018-05-27\"" }, { 0, 38, "meeting", "body.end=\"2018-05-28\"" },
	{ 39, 0, "meeting", "-body.body; -body.operation; -body.title" }, { 0, 39, "meeting", "-body.body; -body.operation" },
	{ 40, 0, "decision", "body.number=\"4\"" }, { 40, 0, "decision-adopted", "state=\"NOT_ADOPTED\"" },
	{ 0, 40, "decision-adopted", "state=\"REPEALED\"" },
	{ 41, 0, "decision", "-body.deadline" }, { 41, 0, "decision", "-body.electorate" },
	{ 41, 0, "decision", "state=\"PUT\"; -body.electorate" },
	{ 0, 41, "decision", "state=\"DRAFT\"; -body.electorate; -body.deadline" },
	{ 0, 41, "decision", "state=\"PUT\"; -body.deadline" },
	{ 42, 0, "decision-adopted", "-body.text" }, { 0, 42, "decision-adopted", "-body.text; body.sources=" SRC },
	{ 43, 0, "decision", "body.expiry=\"2018-06-30\"" }, { 0, 43, "decision", "body.expiry=\"2018-07-01\"" },
	{ 44, 0, "decision-adopted", "-body.proposers" }, { 0, 44, "decision-adopted", "-body.proposers; body.sources=" SRC },
	{ 45, 0, "position", "body.value=\"AMEND\"; -body.text; -body.until" },
	{ 0, 45, "position", "body.value=\"AMEND\"; -body.until" },
	{ 45, 0, "position", "body.value=\"ABSTAIN_CONSTRUCTIVE\"; -body.text; -body.until" },
	{ 0, 45, "position", "body.value=\"OBJECT\"; -body.text; -body.until" },
	{ 46, 0, "position", "-body.until" }, { 46, 0, "position", "body.value=\"FOR\"" },
	{ 0, 46, "position", "body.value=\"FOR\"; -body.until" },
	{ 47, 0, "position", "body.decision=" R1 }, { 0, 47, "position", "body.decision=" R1V },
	{ 49, 0, "notice-document", "-body.subject.document.ids; -body.subject.document.batches" },
	{ 0, 49, "notice-document", "-body.subject.document.ids" }, { 0, 49, "notice-document", "-body.subject.document.batches" },
	{ 50, 0, "notice-asset", "body.type=\"OBJECT\"" }, { 50, 0, "notice-vehicle", "body.type=\"PERSON_WARN\"" },
	{ 0, 50, "notice", "body.type=\"PERSON_LOCATE\"; body.action=\"LOCATE\"" },
	{ 51, 0, "notice", "-body.judicial" },
	{ 0, 51, "notice", "body.type=\"PERSON_WARN\"; body.action=\"INFORM\"; -body.judicial" },
	{ 52, 0, "notice", "body.type=\"PERSON_LOCATE\"" }, { 0, 52, "notice", "body.action=\"LOCATE\"" },
	{ 53, 0, "notice", "body.neutrality.result=\"FAILED\"" },
	{ 0, 53, "notice", "body.neutrality.result=\"FAILED\"; state=\"BLOCKED\"" },
	{ 54, 0, "notice-missing", "body.subject.person.status=\"SUSPECT\"" },
	{ 54, 0, "notice-missing", "body.type=\"UNIDENTIFIED_BODY\"" },
	{ 0, 54, "notice-missing", "body.type=\"UNIDENTIFIED_BODY\"; body.subject.person.status=\"UNIDENTIFIED\"" },
	{ 55, 0, "notice-asset", "body.subject={}" }, { 55, 0, "notice-asset", "body.subject.object={\"name\":\"x\"}" },
	{ 0, 55, "notice-asset", "body.type=\"OBJECT\"; body.subject={\"object\":{\"name\":\"x\"}}" },
	{ 56, 0, "request", "-body.urgency_reason" }, { 0, 56, "request", "-body.urgency_reason; body.urgency=\"NORMAL\"" },
	{ 57, 0, "request", "-body.facts" }, { 0, 57, "request", "-body.facts; -body.offence" },
	{ 58, 0, "request", "-body.controlled_delivery" }, { 58, 0, "request-assistance", "body.type=\"INFORMATION\"" },
	{ 58, 0, "request-pre-export", "-body.pre_export" }, { 58, 0, "request-assistance", "-body.assistance" },
	{ 0, 58, "request-assistance", "body.type=\"JOINT_TEAM\"" },
	{ 0, 58, "request-assistance", "body.type=\"JOINT_TEAM\"; -body.assistance" },
	{ 59, 0, "request-use", "-body.target" }, { 59, 0, "request-onward", "-body.target" },
	{ 59, 0, "request-assistance", "body.type=\"CLARIFY_ACTIVITY\"; -body.assistance" },
	{ 0, 59, "request-assistance", "body.type=\"DOWNGRADE\"; -body.assistance; body.target=" R1 },
	{ 60, 0, "request-onward", "-body.onward_to" }, { 60, 0, "request-use", "body.onward_to=[\"tm\"]" },
	{ 0, 60, "request-onward", "body.onward_to=[\"tm\",\"cn\"]" },
	{ 61, 0, "request-use", "-body.new_purposes" }, { 61, 0, "request-onward", "body.new_purposes=[\"P01\"]" },
	{ 0, 61, "request-use", "body.new_purposes=[\"P01\"]" },
	{ 62, 0, "request-assistance", "body.type=\"HIT_CHECK\"; -body.assistance" },
	{ 62, 0, "request-assistance", "body.type=\"SUBJECT_ACCESS\"; -body.assistance" },
	{ 0, 62, "request-assistance",
	    "body.type=\"HIT_CHECK\"; -body.assistance; body.ids=[{\"type\":\"PLATE\",\"value\":\"x\"}]" },
	{ 63, 0, "reply-refused", "-body.refusal" }, { 63, 0, "reply", "body.refusal=\"R1\"" },
	{ 0, 63, "reply-refused", "body.refusal=\"R9\"" },
	{ 64, 0, "reply-refused", "body.refusal=\"R10\"" }, { 64, 0, "reply-refused", "body.refusal=\"R10\"; delivery=[\"kg\"]" },
	{ 0, 64, "reply-refused", "body.refusal=\"R10\"; delivery=[\"kz\"]" },
	{ 65, 0, "reply", "-body.human_confirmed" }, { 0, 65, "reply", "-body.human_confirmed; body.result=\"NO_HIT\"" },
	{ 66, 0, "reply-consent", "-body.conditions" }, { 0, 66, "reply-consent", "-body.conditions; body.result=\"CONSENT\"" },
	{ 67, 0, "reply-forwarded", "-body.forwarded_to" }, { 67, 0, "reply", "body.forwarded_to=[\"kg\"]" },
	{ 0, 67, "reply-forwarded", "-body.forwarded_to; body.result=\"NOT_COMPETENT\"" },
	{ 68, 0, "reply-offer", "-body.offer" }, { 68, 0, "reply-offer", "body.result=\"INFO\"" },
	{ 0, 68, "reply-offer", "-body.offer; body.result=\"ACK\"" },
	{ 69, 0, "reply-consent", "body.result=\"NO_CONSENT\"" },
	{ 0, 69, "reply-consent", "-body.consent; body.result=\"NO_CONSENT\"" },
	{ 70, 0, "cbm", "body.end_of_message=5" }, { 0, 70, "cbm", "body.end_of_message=5; body.msg_no=5" },
	{ 71, 0, "cbm", "body.type=\"CHANGE\"; -body.about" },
	{ 71, 0, "cbm", "body.type=\"UNUSUAL_ACTIVITY_ANSWER\"; -body.about" },
	{ 0, 71, "cbm", "body.type=\"CALENDAR\"; -body.about" },
	{ 72, 0, "cbm", "-body.phases" }, { 72, 0, "cbm", "-body.area" },
	{ 0, 72, "cbm", "body.type=\"HOTLINE_TEST\"; -body.area; -body.phases" },
	{ 73, 0, "incident", "-body.response; -body.sources" }, { 0, 73, "incident", "-body.response" },
	{ 0, 73, "incident", "-body.sources" },
	{ 74, 0, "incident-closed", "-body.close_reason" }, { 74, 0, "incident", "body.close_reason=\"ENDED\"" },
	{ 0, 74, "incident-closed", "body.close_reason=\"NOT_HAPPENED\"" },
	{ 75, 0, "incident", "state=\"FACTS_AGREED\"; -body.agreed_facts" }, { 0, 75, "incident", "state=\"FACTS_AGREED\"" },
	{ 76, 0, "operation", "body.end=\"2018-06-30\"" }, { 0, 76, "operation", "body.end=\"2018-07\"" },
	{ 77, 0, "operation", "body.hosts=[\"kg\"]" }, { 77, 0, "operation", "-body.hosts" },
	{ 0, 77, "operation", "body.hosts=[\"kg\",\"kz\"]" },
	{ 78, 0, "contribution", "-body.undertaking" }, { 78, 0, "contribution", "body.operation=" R1 },
	{ 0, 78, "contribution", "-body.undertaking; body.operation=" R1 },
	{ 79, 0, "contribution", "-body.money" }, { 79, 0, "contribution", "body.qty=" QTY },
	{ 79, 0, "contribution-unit", "-body.qty" },
	{ 79, 0, "contribution-unit", "body.money={\"minor\":1,\"currency\":\"EUR\"}" },
	{ 0, 79, "contribution-unit", "body.what=\"DATA\"; -body.qty" },
	{ 80, 0, "contribution", "state=\"DEPLOYED\"" }, { 80, 0, "contribution-unit", "state=\"PLEDGED\"" },
	{ 0, 80, "contribution", "state=\"COMMITTED\"" }, { 0, 80, "contribution-unit", "state=\"COMMITTED\"" },
	{ 81, 0, "report", "mode=\"REAL\"" }, { 81, 0, "report", "mode=\"TEST\"" }, { 0, 81, "report-sitrep", "mode=\"TEST\"" },
	{ 82, 0, "report", "-body.inject" }, { 82, 0, "report-observation", "-body.observation" },
	{ 82, 0, "report-observation", "body.type=\"AAR\"" },
	{ 82, 0, "report-implementation", "-body.implementation" },
	{ 0, 82, "report-observation", "body.type=\"AAR\"; -body.observation" },
	{ 83, 0, "report-implementation", "-body.subject" }, { 83, 0, "report-sitrep", "body.type=\"AAR\"" },
	{ 83, 0, "report-sitrep", "body.type=\"INJECT_RESPONSE\"" },
	{ 0, 83, "report-sitrep", "body.type=\"INJECT_RESPONSE\"; body.subject=" R1 },
	{ 84, 0, "report-implementation", "body.implementation.status=\"DONE\"" },
	{ 84, 0, "report-implementation", "body.implementation.status=\"NOT_STARTED\"" },
	{ 0, 84, "report-implementation", "body.implementation.status=\"DONE\"; body.implementation.percent=100" },
	{ 90, 0, "control", "-body.ranges" }, { 90, 0, "control", "-body.received_at" }, { 90, 0, "control", "body.target=" R1 },
	{ 90, 0, "control-done", "body.log={\"member\":\"kz\"}" }, { 0, 90, "control", "body.ranges=[[7,7]]" },
	{ 91, 0, "control-done", "-body.target" }, { 91, 0, "control-marking", "-body.target" },
	{ 0, 91, "control-unreachable", "-body.since" },
	{ 92, 0, "control", "body.ranges=[[5,9],[9,12]]" }, { 92, 0, "control", "body.ranges=[[5,9],[10,12]]" },
	{ 92, 0, "control", "body.ranges=[[5,9],[1,2]]" }, { 0, 92, "control", "body.ranges=[[0,9],[11,12]]" },
	{ 93, 0, "control-delete", "-body.reason" }, { 93, 0, "control-delete", "-body.reason_text" },
	{ 93, 0, "control-restrict", "-body.reason" },
	{ 0, 93, "control-delete", "body.reason=\"RETENTION\"; -body.reason_text" },
	{ 94, 0, "control-done", "-body.executed_at" }, { 94, 0, "control-served", "-body.executed_at" },
	{ 0, 94, "control-done", "body.type=\"ACK\"; -body.executed_at" },
	{ 95, 0, "control-marking", "-body.marking" }, { 95, 0, "control-key", "-body.key" },
	{ 95, 0, "control-chair", "-body.chair" },
	{ 95, 0, "control-done", "body.marking={\"tlp\":\"RED\"}" },
	{ 0, 95, "control-marking", "body.marking={\"tlp\":\"RED\"}" },
	{ 96, 0, "control-unreachable", "-body.member" }, { 96, 0, "control-served", "-body.member" },
	{ 96, 0, "control-served", "-body.evidence" },
	{ 0, 96, "control-done", "body.member=\"tj\"" },
	{ 97, 0, "control-restrict", "-body.purposes" }, { 97, 0, "control-done", "body.purposes=[\"P01\"]" },
	{ 0, 97, "control-restrict", "body.type=\"UNRESTRICT\"; -body.purposes" },
	{ 98, 0, "control-recall", "-body.members" }, { 98, 0, "control-delete", "body.members=[\"tj\"]" },
	{ 0, 98, "control-recall", "body.members=[\"tj\"]" },
	{ 99, 0, "control-keep", "body.reason=\"NO_LONGER_NEEDED\"" }, { 99, 0, "control-keep", "-body.reason_text" },
	{ 0, 99, "control-keep", "body.reason=\"OWN_INFORMATION\"" }, { 0, 99, "control-keep", "body.reason=\"NATIONAL_LAW\"" },
	{ 89, 0, "control-uncontest", "body.reason=\"ORIGINATOR\"" }, { 89, 0, "control-uncontest", "-body.evidence" },
	{ 0, 89, "control-uncontest", "body.reason=\"SUPERVISOR\"" }, { 93, 0, "control-uncontest", "-body.reason" },
};

static int breaks[100], nears[100];

static void
test_case(size_t i)
{
	struct buf example = edit_example(cases[i].example), text = { 0 };
	struct arena a = { 0 };
	struct err e = { 0 };
	struct record r;
	char want[16];
	int rc;

	ok(edit_text(&text, (const char *)example.data, example.len, cases[i].edits), "R-%02d: %s with %s can be made",
	    cases[i].rule + cases[i].near, cases[i].example, cases[i].edits);
	rc = record_parse(&a, text.data, text.len, &r, &e);
	snprintf(want, sizeof want, "R-%02d: ", cases[i].rule);
	if (cases[i].rule == 0)
		ok(rc == OK, "R-%02d holds", cases[i].near);
	else
		ok(rc == ERR_INPUT && strstr(e.text, want) != NULL, "R-%02d refuses", cases[i].rule);
	if (rc != OK && (cases[i].rule == 0 || strstr(e.text, want) == NULL))
		printf("#   %s: %s\n", err_name(rc), e.text);
	breaks[cases[i].rule]++;
	nears[cases[i].near]++;
	arena_free(&a);
	buf_free(&text);
	buf_free(&example);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		test_case(i);
	for (size_t i = 0; i < tables_rules; i++) {
		int n = tables_rule[i].number;

		ok(breaks[n] > 0 && nears[n] > 0, "R-%02d has texts on both sides", n);
	}
	return tap_done();
}
