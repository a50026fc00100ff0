// Package account knows who may do what at a station: the users with their
// roles, what each role's duty is (Article 18), and who is signed in.
//
// Users stand in accounts.json under data_dir, readable by the daemon alone:
//
//	{"version": 1, "users": [{"name": "li.na", "role": "officer", "badge": "031337",
//	  "password": "$2a$12$…", "created_at": "…", "password_at": "…"}]}
//
// A password is kept as bcrypt's hash of it, a session as the hash of its
// token, in memory: who reads the disk or the file signs in with neither.
package account
