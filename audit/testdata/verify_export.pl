#!/usr/bin/env perl
# Verifies a complete export, written from the description of the format in
# audit/export.go and of the encoding in audit/doc.go alone. Perl's core modules
# are enough; they have no Ed25519, so the signature of the checkpoint is left to
# others.
#
#   verify_export.pl export.jsonl    prints "ok COUNT ROOT", or says what is wrong
#                                    and exits with 1
use strict;
use warnings;
use Digest::SHA qw(sha256 sha256_hex);
use JSON::PP;
use MIME::Base64;

my $line = 0;
sub wrong { print "line $line: ", @_, "\n"; exit 1 }

sub text {
    my ($s) = @_;
    utf8::encode($s) if defined $s;
    return $s;
}
sub bytes { my ($hex) = @_; return defined $hex ? pack('H*', $hex) : undef }
sub int64 { my ($decimal) = @_; return pack('q>', $decimal) }

sub encoding {
    my ($trail, $e) = @_;
    my @fields = (
        bytes($trail), int64($e->{position}), int64($e->{recordedAt}),
        text($e->{action}), text($e->{subjectKind}), text($e->{subjectId}), int64($e->{subjectVersion}),
        text($e->{incidentId}), text($e->{actorKind}), text($e->{actorId}),
        text($e->{requestId}), text($e->{clientMutationId}),
        bytes($e->{fingerprint}), bytes($e->{commitment}), bytes($e->{previous}),
    );
    my ($out, $tag) = ("tasktrail/event/v1\n", 0);
    for my $value (@fields) {
        $out .= pack('C', ++$tag);
        $out .= defined $value ? pack('C Q> a*', 1, length $value, $value) : pack('C', 0);
    }
    return $out;
}

# The tree of RFC 6962: the roots of complete subtrees, largest first.
my @stack;    # [size, hash]
sub leaf {
    my ($size, $hash) = (1, sha256("\x00" . $_[0]));
    while (@stack && $stack[-1][0] == $size) {
        $hash = sha256("\x01" . pop(@stack)->[1] . $hash);
        $size *= 2;
    }
    push @stack, [$size, $hash];
}
sub root {
    my @roots = map { $_->[1] } @stack;
    return sha256('') unless @roots;
    my $root = pop @roots;
    $root = sha256("\x01" . pop(@roots) . $root) while @roots;
    return $root;
}

open my $in, '<:raw', $ARGV[0] or die "$ARGV[0]: $!\n";
my $json   = JSON::PP->new->utf8;
my $digest = Digest::SHA->new(256);
my ($head, $origin, $size, $root, $previous, %missing, $trailer);
my $count = 0;
while (my $bytes = <$in>) {
    $line++;
    wrong('there is something after the trailer') if $trailer;
    wrong('it was cut short') unless $bytes =~ /\n\z/;
    my $e = eval { $json->decode($bytes) } or wrong('no JSON');
    if ($line == 1) {
        wrong('no head of a complete export of version 1')
            unless ($e->{format} // '') eq 'tasktrail/export/v1' && $e->{complete} && !%{ $e->{filter} } && $e->{after} == 0;
        ($origin, $size, $root) = split /\n/, text($e->{checkpoint});
        wrong('the checkpoint is of another trail') unless $origin eq "tasktrail/$e->{trail}";
        $head = $e;
    } elsif (exists $e->{count}) {
        wrong('the count is ', $count) unless $e->{count} == $count;
        wrong('the digest is another') unless $e->{sha256} eq $digest->clone->hexdigest;
        wrong('the checkpoint is not that of the head') unless $e->{checkpoint} eq $head->{checkpoint};
        $trailer = $e;
    } else {
        $count++;
        wrong('the position is not ', $count) unless $e->{position} == $count;
        wrong('the previous hash is another') unless ($e->{previous} // '') eq ($previous // '');
        my $encoding = encoding($head->{trail}, $e);
        wrong('the hash is another') unless $e->{hash} eq sha256_hex($encoding);
        if (defined $e->{payload}) {
            wrong('the payload is not the one committed to')
                unless $e->{commitment} eq sha256_hex("tasktrail/payload/v1\n" . bytes($e->{salt}) . text($e->{payload}));
        } else {
            $missing{ $e->{position} } = 1;
        }
        if ($e->{subjectKind} eq 'event' && $e->{subjectId} =~ /\Aevt_(\d+)\z/) {
            delete $missing{$1} or wrong('a redaction of an event that has its payload');
        }
        leaf($encoding);
        $previous = $e->{hash};
    }
    $digest->add($bytes);
}
wrong('there is no trailer') unless $trailer;
wrong('payloads are missing that nobody redacted') if %missing;
wrong('the checkpoint is of ', $size, ' events') unless $count == $size;
wrong('the root is not that of the checkpoint') unless encode_base64(root(), '') eq $root;
print "ok $count ", unpack('H*', root()), "\n";
