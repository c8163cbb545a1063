# Ends the private server in the folder $1, and removes all of it, when this script's input ends.
folder=$1
name=${folder##*/}

echo watching
# Nobody writes anything.
read -r nothing

# The server's processes, and those that only prepare it, are at work in its folder; one that was just being started may
# show up late.
at_work() {
    find /proc -mindepth 2 -maxdepth 2 -name cwd \( -lname "*/$name" -o -lname "*/$name/*" \) -printf '%P\n' 2>/dev/null
}
while found=$(at_work); [ -n "$found" ]; do
    for process in $found; do
        kill -KILL "${process%/cwd}" 2>/dev/null
    done
done

# PostgreSQL leaves a segment of System V shared memory when it is killed; its number is the second in the seventh line.
set -- $(sed -n 7p "$folder/data/postmaster.pid" 2>/dev/null)
[ -z "$2" ] || ipcrm --shmem-id "$2" 2>/dev/null
rm -rf "$folder"
