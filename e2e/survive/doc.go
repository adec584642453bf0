// Package survive holds the program to its first promise: a printed code keeps
// working and no scan is lost, whatever dies. Its tests run the real binary on a
// real PostgreSQL with fsync on, and kill, stop, cut, fill and damage what there
// is to kill, stop, cut, fill and damage, under load. Clients count the answers
// they were given; what is stored afterwards must be that, each scan once.
//
//	go test ./e2e/survive                # everything
//	go test ./e2e/survive -outage 60s    # PostgreSQL hangs for a minute
//	go test ./e2e/survive -seed 7        # other random moments
package survive
