package importer

import "tasktrail/incident"

// openStories are the incidents of the demo that still need work.
var openStories = []demoStory{
	{
		name:     "credential",
		begins:   50 * hour,
		title:    "Deployment token found in a public code repository",
		severity: incident.SeverityMedium,
		labels:   []string{"leak", "cloud"},
		description: "A scanner found a token of the `build-eu` account in a commit of last Tuesday. " +
			"The repository has been public all the time.",
		tasks: []demoTask{
			{
				title: "Revoke the token", mandatory: true, due: hour,
				description: "First this, then everything else. Removing the commit does **not** help: it has been copied by now.",
			},
			{
				title: "List what the token was used for since the commit", mandatory: true, due: 8 * hour,
				description: "Group by source address. Ours are 10.20.0.0/16 and the two build exits.",
			},
			{title: "Give the build a new token that expires"},
			{title: "Remove the token from the history of the repository"},
			{title: "Look for other secrets in the same repository", mandatory: true, due: 96 * hour},
			{title: "Turn on secret scanning before each push"},
		},
		steps: []demoStep{
			{0, sensors, open},
			{6 * minute, hana, take},
			{7 * minute, hana, raise(incident.SeverityHigh, "The account may change production.")},
			{9 * minute, hana, complete(1)},
			{20 * minute, hana, start(2)},
			{45 * minute, hana, assign(3, dayo)},
			{3 * hour, dayo, complete(3)},
			{5 * hour, hana, complete(2)},
			{6 * hour, dayo, remove(4, "Pointless once the token is revoked.")},
			{22 * hour, hana, restore(4, "The customer whose name stands in that commit asks for it.")},
			{23 * hour, hana, assign(4, dayo)},
			{24 * hour, dayo, start(4)},
			{40 * hour, hana, start(5)},
		},
	},
	{
		name:     "ransomware",
		begins:   70 * hour,
		title:    "Shadow copies deleted and backup agent stopped on two file servers",
		severity: incident.SeverityHigh,
		labels:   []string{"ransomware", "server", "priority"},
		// Described, not quoted: the commands themselves would make virus
		// scanners stop at our program.
		description: "Within five minutes, by the same service account `svc-scan`:\n\n" +
			"1. all shadow copies deleted\n2. the backup agent stopped\n\nNothing is encrypted so far.",
		tasks: []demoTask{
			{
				title: "Isolate FS-03 and FS-07 from the network", mandatory: true, due: hour,
				description: "Leave them **switched on**: the memory is evidence.",
			},
			{title: "Disable the service account", mandatory: true, due: hour},
			{title: "Save the memory of both servers", mandatory: true, due: 6 * hour},
			{
				title: "Find the first machine the account was used from", mandatory: true, due: 36 * hour,
				description: "Work backwards from the logons of type 3 and 10 on both servers.",
			},
			{title: "Search all servers for the same two commands", mandatory: true, due: 80 * hour},
			{
				title: "Check that last night's backup can be restored", mandatory: true, due: 72 * hour,
				description: "Restore one folder of each server to the test network and open a few files.",
			},
			{title: "Inform the data protection officer", description: "Within 72 hours, if personal data may be affected."},
			{title: "Write to all staff about the outage"},
		},
		steps: []demoStep{
			{0, sensors, open},
			{4 * minute, dayo, take},
			{6 * minute, dayo, start(1)},
			{9 * minute, dayo, assign(2, mara)},
			{15 * minute, mara, complete(2)},
			{18 * minute, dayo, complete(1)},
			{30 * minute, dayo, move(6, 4, "If the backup is bad as well, we need to know today.")},
			{35 * minute, dayo, assign(6, hana)},
			{40 * minute, dayo, start(3)},
			{3 * hour, hana, start(6)},
			{5 * hour, dayo, complete(3)},
			{6 * hour, dayo, remove(8, "The service desk has done so already.")},
			{7 * hour, dayo, start(4)},
			{19 * hour, mara, start(5)},
			{21 * hour, hana, complete(6)},
			{28 * hour, mara, complete(5)},
			{44 * hour, mara, reopen(5, "Four servers were switched off during the search.")},
		},
	},
	{
		name:     "powershell",
		begins:   95 * hour,
		title:    "Office program starts PowerShell with an encoded command",
		severity: incident.SeverityMedium,
		labels:   []string{"endpoint"},
		description: "The word processor on **LT-2291** started a hidden PowerShell with an encoded argument. " +
			"The document came from a shared folder.",
		tasks: []demoTask{
			{
				title: "Decode the command and say what it does", mandatory: true,
				description: "Decode it as UTF-16, on the analysis machine.",
			},
			{title: "Find the document and who else has it", mandatory: true, due: 48 * hour},
			{title: "Run a full scan on LT-2291"},
			{
				title:       "Check for new scheduled tasks and run keys",
				description: "Compare with the state of last week:\n\n- scheduled tasks\n- run keys of all users\n- services",
			},
			{title: "Forbid macros in files from the shared folder"},
		},
		steps: []demoStep{
			{0, sensors, open},
			{50 * minute, mara, take},
			{55 * minute, mara, start(1)},
			{2 * hour, mara, complete(1)},
			{130 * minute, mara, start(2)},
			{3 * hour, hana, complete(3)},
			{4 * hour, mara, assign(4, dayo)},
			{20 * hour, mara, skip(5, "The policy for all shared folders is rolled out next week anyway.")},
		},
	},
	{
		name:     "brute force",
		begins:   112 * hour,
		title:    "1,900 failed sign-ins on the VPN gateway in one hour",
		severity: incident.SeverityLow,
		labels:   []string{"identity", "vpn"},
		description: "Eleven source addresses, 240 account names in alphabetical order. " +
			"No attempt succeeded until now.",
		tasks: []demoTask{
			{
				title: "Check whether any of these addresses ever signed in", mandatory: true, due: 24 * hour,
				description: "Ninety days back, all gateways.",
			},
			{title: "Block the addresses for a week"},
			{
				title:       "See where the list of names may come from",
				description: "It holds three people who left in spring. An old address book?",
			},
			{title: "Make sure that all 240 accounts use a second factor", mandatory: true, due: 72 * hour},
		},
		steps: []demoStep{
			{0, sensors, open},
			{3 * hour, hana, assign(1, hana)},
			{190 * minute, hana, start(1)},
		},
	},
}
