#!/usr/bin/perl
# The driver of Perl's AnyEvent::Fork::RPC: with the argument "sync" or "async".
#
# It does the jobs of package driver (see driver/doc.go). All calls of a job share one
# callback, which makes the next call: closures of their own for each would cost more
# than the calls.

use strict;
use warnings;
use AnyEvent;
use AnyEvent::Fork;
use AnyEvent::Fork::RPC;
use JSON::PP ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

use constant FIRST => 10**15;       # call n has the number FIRST + n
use constant MAX_SAMPLES => 50_000;
use constant MAX_AT_ONCE => 1 << 19;

@ARGV == 1 && $ARGV[0] =~ /^(a?sync)$/ or die "usage: driver.pl sync|async\n";
my $async = $1 eq "async";
my $backend = "AnyEvent::Fork::RPC::" . ($async ? "Async" : "Sync");

my $source = $async ? <<'ASYNC' : <<'SYNC';
   package Worker;
   sub run { $_[0]($_[1]) }
   sub pid { $_[0]($$) }
   sub emit {
      AnyEvent::Fork::RPC::event($_) for 1 .. $_[1];
      $_[0](0);
   }
   1
ASYNC
   package Worker;
   sub run { $_[0] }
   sub pid { $$ }
   sub emit {
      AnyEvent::Fork::RPC::event($_) for 1 .. $_[0];
      0
   }
   1
SYNC

sub now { clock_gettime CLOCK_MONOTONIC }
sub nanos { int 1e9 * $_[0] }

# ---- Workers. ---------------------------------------------------------------

my $failed; # gets the first error of a worker

# Makes a worker of a process. Without a name its function is run.
sub worker {
   my ($fork, $function, $on_event) = @_;
   my %w;
   $w{ended} = AE::cv;
   my $ended = $w{ended}; # and not %w, which would then hold itself
   $w{rpc} = $fork->AnyEvent::Fork::RPC::run("Worker::" . ($function // "run"),
      async => $async ? 1 : 0,
      on_event => $on_event // sub { },
      on_error => sub { $failed->croak("a worker: $_[0]") if $failed },
      on_destroy => sub { $ended->send },
   );
   \%w
}

sub start { worker(AnyEvent::Fork->new->eval($source), @_) }

# Ends a worker and waits for its end.
sub finish {
   my ($w) = @_;
   delete $w->{rpc};
   $w->{ended}->recv;
}

# ---- Calls. -----------------------------------------------------------------

sub payloads {
   my ($size) = @_;
   return sub { FIRST + $_[0] } if $size == 16;
   my $rest = substr "abcdefghijklmnopqrstuvwxyz" x ($size / 26 + 1), 0, $size - 16;
   my @some = map FIRST + $_ . $rest, 0 .. 7;
   sub { $some[$_[0] % 8] }
}

# Keeps calls in flight on one or more workers, for a span of seconds, by one callback
# for each worker; at each answer $each is called with its time, if there is one.
# Returns how many there were and how long they took.
sub run {
   my ($workers, $outstanding, $size, $span, $each, $most) = @_;
   my $payload = payloads($size);
   my $all = $failed = AE::cv;
   my ($done, $left, $begun) = (0, 0, now);
   my ($over, @callbacks);
   for my $i (0 .. $#$workers) {
      my $w = $workers->[$i];
      my $rpc = $w->{rpc};
      my ($asked, $answered) = (0, 0); # of this worker, which answers in order
      $callbacks[$i] = sub {
         my $want = $payload->($answered++);
         my $same = $size == 16 ? $_[0] eq $want
            : length $_[0] == $size && substr($_[0], 0, 16) eq substr($want, 0, 16) && substr($_[0], -16) eq substr $want, -16;
         $same or return $all->croak("the answer to " . substr($want, 0, 40) . " is " . substr $_[0], 0, 40);
         ++$done;
         if ($each) {
            my $t = now;
            $each->($t);
            $over = $done >= 3 && $t - $begun >= $span || $done >= $most;
         } elsif (!$over && ($done & 31) == 0) {
            $over = now() - $begun >= $span;
         }
         if ($over) {
            --$left or $all->send;
         } else {
            $rpc->($payload->($asked++), $callbacks[$i]);
         }
      };
      for (1 .. $outstanding / @$workers) {
         ++$left;
         $rpc->($payload->($asked++), $callbacks[$i]);
      }
   }
   # Few calls may be so slow that 32 of them take longer than the span.
   my $timer = AE::timer($span, 0, sub { $over = 1 });
   $all->recv;
   my $took = now() - $begun;
   undef $failed;
   @callbacks = (); # which hold themselves, and the workers
   ($done, $took)
}

# Calls without looking at the time for a tenth of the span.
sub warm_up { run(@_[0 .. 2], $_[3] / 10) }

sub together {
   warm_up(@_);
   my ($done, $took) = run(@_);
   { nanos => [nanos $took], done => $done, right => $done }
}

# Has a function do more and more until that takes a third of the span.
sub growing {
   my ($span, $run) = @_;
   for (my $n = 64;; $n *= 2) {
      my $begun = now;
      my $sum = $run->($n);
      my $took = now() - $begun;
      $sum == $n * ($n + 1) / 2 or die "1 to $n have the sum $sum\n";
      return { nanos => [nanos $took], done => $n, right => $n }
         if $took >= $span / 3 || $n >= MAX_AT_ONCE;
   }
}

# One call of a worker.
sub call {
   my ($w, $payload) = @_;
   my $answer = $failed = AE::cv;
   $w->{rpc}->($payload, $answer);
   my $got = $answer->recv;
   undef $failed;
   $got
}

# One call that has to be answered by what was asked.
sub echo {
   my ($w, $payload) = @_;
   my $got = call($w, $payload);
   $got eq $payload or die "the answer to $payload is $got\n";
}

# Starts workers by a function, calls each once and ends it.
sub starts {
   my ($span, $start) = @_;
   my @nanos;
   my $all = now;
   for (my $n = 0; $n < 2 || now() - $all < $span; ++$n) {
      my $begun = now;
      my $w = $start->();
      echo($w, FIRST + $n);
      my $took = now() - $begun;
      finish($w);
      push @nanos, nanos $took if $n;
   }
   { nanos => \@nanos, done => scalar @nanos, right => scalar @nanos }
}

# ---- Jobs. ------------------------------------------------------------------

my $warm = start();
echo($warm, FIRST);
my (@held, @called);

my %jobs = (
   latency => sub {
      my ($job, $span) = @_;
      warm_up([$warm], 1, $job->{size}, $span);
      my @nanos;
      my $last = now;
      my ($done) = run([$warm], 1, $job->{size}, $span, sub { push @nanos, nanos($_[0] - $last); $last = $_[0] }, MAX_SAMPLES);
      { nanos => \@nanos, done => $done, right => $done }
   },
   calls => sub {
      my ($job, $span) = @_;
      together([$warm], $job->{outstanding}, $job->{size}, $span)
   },
   callers => sub {
      my ($job, $span) = @_;
      push @called, start() while @called < $job->{workers};
      together(\@called, scalar @called, 16, $span)
   },
   stream => sub {
      growing($_[1], sub {
         my ($n) = @_;
         my $all = $failed = AE::cv;
         my ($left, $sum) = ($n, 0);
         my $cb = sub {
            $sum += $_[0] - FIRST;
            --$left or $all->send;
         };
         my $rpc = $warm->{rpc};
         $rpc->(FIRST + $_, $cb) for 1 .. $n;
         $all->recv;
         undef $failed;
         $sum
      })
   },
   events => sub {
      my ($left, $sum, $all);
      my $w = worker(AnyEvent::Fork->new->eval($source), "emit", sub {
         $sum += $_[0];
         --$left or $all->send;
      });
      my $emit = sub {
         ($left, $sum) = ($_[0], 0);
         $all = $failed = AE::cv;
         my $answered = AE::cv;
         $w->{rpc}->($_[0], $answered);
         $all->recv;
         $answered->recv;
         undef $failed;
         $sum
      };
      $emit->(1); # now it has been started
      my $outcome = growing($_[1], $emit);
      finish($w);
      $outcome
   },
   start => sub { starts($_[1], \&start) },
   spare => sub {
      my $template = AnyEvent::Fork->new->require($backend)->eval($source);
      # A first fork, so that the template has loaded everything.
      starts(0, sub { worker($template->fork) });
      starts($_[1], sub { worker($template->fork) })
   },
   hold => sub {
      my ($job) = @_;
      my @pids;
      for (1 .. $job->{workers}) {
         push @held, my $w = start("pid");
         push @pids, call($w, "") + 0;
      }
      { pids => \@pids, done => $job->{workers}, right => $job->{workers} }
   },
   release => sub {
      finish($_) for splice(@held), splice @called;
      {}
   },
);

$| = 1;
my $json = JSON::PP->new->canonical;
print $json->encode({
   kinds => [sort keys %jobs],
   version => "AnyEvent::Fork::RPC $AnyEvent::Fork::RPC::VERSION, Perl $^V, " . AnyEvent::detect(),
}), "\n";
while (my $line = <STDIN>) {
   my $job = $json->decode($line);
   my $outcome = eval {
      my $do = $jobs{$job->{kind}} or die "this driver cannot do jobs of the kind $job->{kind}\n";
      $do->($job, ($job->{millis} // 0) / 1000)
   };
   $outcome //= { error => "$@" };
   print $json->encode($outcome), "\n";
}
finish($warm);
