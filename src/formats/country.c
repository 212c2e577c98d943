#include "formats/country.h"

#include <string.h>
#include <strings.h>

/*
 * State numbers: Gleditsch and Ward, "A Revised List of Independent States since 1816", as UCDP uses them (0: not in
 * that list). Codes: ISO 3166-1. Names are alternatives between bars, as the data sets write them.
 */
static const struct country {
	short gw;
	char iso3[4];
	const char *names;
} countries[] = {
	{ 2, "USA", "United States of America|United States|USA" }, { 20, "CAN", "Canada" }, { 31, "BHS", "Bahamas" },
	{ 40, "CUB", "Cuba" }, { 41, "HTI", "Haiti" }, { 42, "DOM", "Dominican Republic" }, { 51, "JAM", "Jamaica" },
	{ 52, "TTO", "Trinidad and Tobago|Trinidad & Tobago|Trinidad" }, { 53, "BRB", "Barbados" },
	{ 54, "DMA", "Dominica" },
	{ 55, "GRD", "Grenada" }, { 56, "LCA", "Saint Lucia" }, { 57, "VCT", "Saint Vincent and the Grenadines" },
	{ 58, "ATG", "Antigua and Barbuda|Antigua & Barbuda" }, { 60, "KNA", "Saint Kitts and Nevis" },
	{ 70, "MEX", "Mexico" }, { 80, "BLZ", "Belize" }, { 90, "GTM", "Guatemala" }, { 91, "HND", "Honduras" },
	{ 92, "SLV", "El Salvador" }, { 93, "NIC", "Nicaragua" }, { 94, "CRI", "Costa Rica" }, { 95, "PAN", "Panama" },
	{ 100, "COL", "Colombia" }, { 101, "VEN", "Venezuela" }, { 110, "GUY", "Guyana" },
	{ 115, "SUR", "Surinam|Suriname" }, { 130, "ECU", "Ecuador" }, { 135, "PER", "Peru" }, { 140, "BRA", "Brazil" },
	{ 145, "BOL", "Bolivia" }, { 150, "PRY", "Paraguay" }, { 155, "CHL", "Chile" }, { 160, "ARG", "Argentina" },
	{ 165, "URY", "Uruguay" },
	{ 200, "GBR", "United Kingdom|UK" }, { 205, "IRL", "Ireland" }, { 210, "NLD", "Netherlands" },
	{ 211, "BEL", "Belgium" }, { 212, "LUX", "Luxembourg" }, { 220, "FRA", "France" }, { 221, "MCO", "Monaco" },
	{ 223, "LIE", "Liechtenstein" }, { 225, "CHE", "Switzerland" }, { 230, "ESP", "Spain" },
	{ 232, "AND", "Andorra" },
	{ 235, "PRT", "Portugal" }, { 260, "DEU", "Germany" }, { 290, "POL", "Poland" }, { 305, "AUT", "Austria" },
	{ 310, "HUN", "Hungary" }, { 316, "CZE", "Czech Republic|Czechia" }, { 317, "SVK", "Slovakia" },
	{ 325, "ITA", "Italy" }, { 331, "SMR", "San Marino" }, { 338, "MLT", "Malta" }, { 339, "ALB", "Albania" },
	{ 340, "SRB", "Serbia" }, { 345, "SRB", "Serbia (Yugoslavia)|Serbia and Montenegro" },
	{ 341, "MNE", "Montenegro" },
	{ 343, "MKD", "North Macedonia|Macedonia|Macedonia, FYR" }, { 344, "HRV", "Croatia" },
	{ 349, "SVN", "Slovenia" },
	{ 346, "BIH", "Bosnia-Herzegovina|Bosnia and Herzegovina" }, { 350, "GRC", "Greece" }, { 352, "CYP", "Cyprus" },
	{ 355, "BGR", "Bulgaria" }, { 359, "MDA", "Moldova" }, { 360, "ROU", "Romania|Rumania" },
	{ 365, "RUS", "Russia|Russia (Soviet Union)|Russian Federation" }, { 366, "EST", "Estonia" },
	{ 367, "LVA", "Latvia" },
	{ 368, "LTU", "Lithuania" }, { 369, "UKR", "Ukraine" }, { 370, "BLR", "Belarus" }, { 371, "ARM", "Armenia" },
	{ 372, "GEO", "Georgia|Georgia (Sakartvelo)" }, { 373, "AZE", "Azerbaijan" }, { 375, "FIN", "Finland" },
	{ 380, "SWE", "Sweden" }, { 385, "NOR", "Norway" }, { 390, "DNK", "Denmark" }, { 395, "ISL", "Iceland" },
	{ 402, "CPV", "Cape Verde|Cabo Verde" }, { 403, "STP", "Sao Tome and Principe" },
	{ 404, "GNB", "Guinea-Bissau" },
	{ 411, "GNQ", "Equatorial Guinea" }, { 420, "GMB", "Gambia" }, { 432, "MLI", "Mali" },
	{ 433, "SEN", "Senegal" },
	{ 434, "BEN", "Benin" }, { 435, "MRT", "Mauritania" }, { 436, "NER", "Niger" },
	{ 437, "CIV", "Ivory Coast|Cote d'Ivoire|C\xc3\xb4te d'Ivoire" }, { 438, "GIN", "Guinea" },
	{ 439, "BFA", "Burkina Faso" },
	{ 450, "LBR", "Liberia" }, { 451, "SLE", "Sierra Leone" }, { 452, "GHA", "Ghana" }, { 461, "TGO", "Togo" },
	{ 471, "CMR", "Cameroon" }, { 475, "NGA", "Nigeria" }, { 481, "GAB", "Gabon" },
	{ 482, "CAF", "Central African Republic" }, { 483, "TCD", "Chad" },
	{ 484, "COG", "Congo|Republic of the Congo" },
	{ 490, "COD", "DR Congo (Zaire)|DR Congo|Democratic Republic of the Congo" }, { 500, "UGA", "Uganda" },
	{ 501, "KEN", "Kenya" }, { 510, "TZA", "Tanzania" }, { 516, "BDI", "Burundi" }, { 517, "RWA", "Rwanda" },
	{ 520, "SOM", "Somalia" }, { 522, "DJI", "Djibouti" }, { 530, "ETH", "Ethiopia" }, { 531, "ERI", "Eritrea" },
	{ 540, "AGO", "Angola" }, { 541, "MOZ", "Mozambique" }, { 551, "ZMB", "Zambia" },
	{ 552, "ZWE", "Zimbabwe (Rhodesia)|Zimbabwe" }, { 553, "MWI", "Malawi" }, { 560, "ZAF", "South Africa" },
	{ 565, "NAM", "Namibia" }, { 570, "LSO", "Lesotho" }, { 571, "BWA", "Botswana" },
	{ 572, "SWZ", "Swaziland|Eswatini|Kingdom of eSwatini (Swaziland)" },
	{ 580, "MDG", "Madagascar (Malagasy)|Madagascar" }, { 581, "COM", "Comoros" }, { 590, "MUS", "Mauritius" },
	{ 591, "SYC", "Seychelles" }, { 600, "MAR", "Morocco" }, { 615, "DZA", "Algeria" }, { 616, "TUN", "Tunisia" },
	{ 620, "LBY", "Libya" }, { 625, "SDN", "Sudan" }, { 626, "SSD", "South Sudan" },
	{ 630, "IRN", "Iran" }, { 640, "TUR", "Turkey|Turkey (Ottoman Empire)|T\xc3\xbcrkiye" }, { 645, "IRQ", "Iraq" },
	{ 651, "EGY", "Egypt" }, { 652, "SYR", "Syria|Syrian coasts" }, { 660, "LBN", "Lebanon" },
	{ 663, "JOR", "Jordan" },
	{ 666, "ISR", "Israel" }, { 670, "SAU", "Saudi Arabia" },
	{ 678, "YEM", "Yemen (North Yemen)|Yemen" }, { 690, "KWT", "Kuwait" }, { 692, "BHR", "Bahrain" },
	{ 694, "QAT", "Qatar" }, { 696, "ARE", "United Arab Emirates" }, { 698, "OMN", "Oman" },
	{ 700, "AFG", "Afghanistan" }, { 701, "TKM", "Turkmenistan" }, { 702, "TJK", "Tajikistan" },
	{ 703, "KGZ", "Kyrgyzstan|Kyrgyz Republic" }, { 704, "UZB", "Uzbekistan" }, { 705, "KAZ", "Kazakhstan" },
	{ 710, "CHN", "China" }, { 712, "MNG", "Mongolia" }, { 713, "TWN", "Taiwan" }, { 731, "PRK", "North Korea" },
	{ 732, "KOR", "South Korea" }, { 740, "JPN", "Japan" }, { 750, "IND", "India" }, { 760, "BTN", "Bhutan" },
	{ 770, "PAK", "Pakistan" }, { 771, "BGD", "Bangladesh" },
	{ 775, "MMR", "Myanmar (Burma)|Myanmar|Burma" }, { 780, "LKA", "Sri Lanka|Sri Lanka (Ceylon)" },
	{ 781, "MDV", "Maldives" }, { 790, "NPL", "Nepal" }, { 800, "THA", "Thailand" },
	{ 811, "KHM", "Cambodia (Kampuchea)|Cambodia" }, { 812, "LAO", "Laos" },
	{ 816, "VNM", "Vietnam (North Vietnam)|Vietnam" }, { 820, "MYS", "Malaysia" }, { 830, "SGP", "Singapore" },
	{ 835, "BRN", "Brunei" }, { 840, "PHL", "Philippines" }, { 850, "IDN", "Indonesia" },
	{ 860, "TLS", "East Timor|Timor-Leste|Timor Leste" }, { 900, "AUS", "Australia" },
	{ 910, "PNG", "Papua New Guinea" },
	{ 920, "NZL", "New Zealand" }, { 935, "VUT", "Vanuatu|Vanuatu Islands" }, { 940, "SLB", "Solomon Islands" },
	{ 950, "FJI", "Fiji|Fiji Islands" }, { 970, "KIR", "Kiribati" }, { 971, "NRU", "Nauru" },
	{ 972, "TON", "Tonga|Tonga Islands" }, { 973, "TUV", "Tuvalu" }, { 983, "MHL", "Marshall Islands" },
	{ 986, "PLW", "Palau" }, { 987, "FSM", "Micronesia" }, { 990, "WSM", "Samoa|Samoa Islands" },
};

#define COUNTRIES (sizeof countries / sizeof countries[0])

const char *
country_by_number(unsigned gw)
{
	for (size_t i = 0; i < COUNTRIES; i++)
		if (countries[i].gw > 0 && (unsigned)countries[i].gw == gw)
			return countries[i].iso3;
	return NULL;
}

/* True if ${name} is one of the alternatives in ${names}. */
static bool
named(const char *names, struct slice name)
{
	for (const char *p = names; p != NULL; p = *p == '\0' ? NULL : p + 1) {
		size_t n = strcspn(p, "|");

		if (n == name.len && strncasecmp(p, name.s, n) == 0)
			return true;
		p += n;
	}
	return false;
}

const char *
country_by_name(struct slice name)
{
	while (name.len > 0 && name.s[0] == ' ') {
		name.s++;
		name.len--;
	}
	while (name.len > 0 && name.s[name.len - 1] == ' ')
		name.len--;
	for (size_t i = 0; name.len > 0 && i < COUNTRIES; i++)
		if (named(countries[i].names, name))
			return countries[i].iso3;
	return NULL;
}

bool
country_code_ok(struct slice code)
{
	for (uint32_t i = 0; i < code.len; i++)
		if (code.s[i] < 'A' || code.s[i] > 'Z')
			return false;
	return code.len == 3;
}
