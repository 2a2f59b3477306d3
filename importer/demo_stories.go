package importer

import (
	"time"

	"tasktrail/incident"
)

const (
	minute = time.Minute
	hour   = time.Hour
)

// demoStories is the history of the demo. The first two stories are over; the
// others, in demo_stories_open.go, are in all stages of work.
var demoStories = append([]demoStory{
	{
		name:     "phishing",
		begins:   2 * hour,
		title:    "Mail to the payroll team leads to a copied sign-in page",
		severity: incident.SeverityMedium,
		labels:   []string{"phishing", "mail"},
		description: "Three people reported the same mail within ten minutes. It asks them to *confirm their bank details* " +
			"on a page that looks like our sign-in page.\n\n- Sender domain registered two days ago\n- 14 recipients, all in payroll",
		tasks: []demoTask{
			{
				title: "Find every recipient of the mail", mandatory: true, due: 2 * hour,
				description: "Search by **message id** and by the link, not by subject: the subject varies.",
			},
			{
				title: "Remove the mail from all mailboxes", mandatory: true, due: 4 * hour,
				description: "Keep one copy as evidence before you start.",
			},
			{
				title: "Find out who opened the page and typed a password", mandatory: true, due: 6 * hour,
				description: "1. Proxy log: who loaded the page\n2. Sign-in log: new devices since then",
			},
			{
				title: "Reset the passwords of those who did", mandatory: true,
				description: "Also end their open sessions. Call them first, so that they expect it.",
			},
			{title: "Block the sender domain and the page"},
			{
				title:       "Ask the hosting company to take the page down",
				description: "Use their abuse form and note the ticket number here.",
			},
		},
		steps: []demoStep{
			{0, sensors, open},
			{12 * minute, mara, take},
			{15 * minute, mara, start(1)},
			{40 * minute, mara, complete(1)},
			{42 * minute, mara, assign(5, hana)},
			{45 * minute, mara, start(2)},
			{70 * minute, hana, complete(5)},
			{95 * minute, mara, complete(2)},
			{100 * minute, mara, start(3)},
			{3 * hour, mara, complete(3)},
			{200 * minute, hana, start(4)},
			{4 * hour, hana, complete(4)},
			{7 * hour, hana, reopen(2, "Two shared mailboxes were not part of the search.")},
			{440 * minute, hana, start(2)},
			{8 * hour, hana, complete(2)},
			{26 * hour, mara, skip(6, "The page was gone before the form was sent.")},
			{27 * hour, mara, closeAs(incident.TruePositive, incident.SuspiciousActivity,
				"One account was affected; its password is reset and no sign-in followed.")},
		},
	},
	{
		name:     "travel",
		begins:   20 * hour,
		title:    "Impossible travel: sign-ins from Oslo and Singapore within 40 minutes",
		severity: incident.SeverityLow,
		labels:   []string{"identity"},
		description: "Same account, two countries, no flight is that fast. " +
			"The second sign-in passed the second factor.",
		tasks: []demoTask{
			{title: "Compare device, browser and network of both sign-ins", mandatory: true},
			{
				title: "Ask the person over a second channel", mandatory: true, due: 4 * hour,
				description: "By phone. **Not** by mail or chat: whoever has the account reads those.",
			},
			{
				title:       "Check whether one address belongs to a VPN we use",
				description: "The list of our exits is in the network handbook.",
			},
			{title: "End all sessions of the account"},
		},
		steps: []demoStep{
			{0, sensors, open},
			{25 * minute, dayo, take},
			{30 * minute, dayo, start(1)},
			{50 * minute, dayo, complete(1)},
			{55 * minute, dayo, start(3)},
			{65 * minute, dayo, complete(3)},
			{80 * minute, dayo, complete(2)},
			{85 * minute, dayo, skip(4, "Both sign-ins are hers; the second went through our new exit in Singapore.")},
			{90 * minute, dayo, closeAs(incident.BenignPositive, incident.SuspiciousButExpected,
				"The new VPN exit was missing from the list of known networks. It has been added.")},
		},
	},
}, append(openStories, demoAutomated)...)
