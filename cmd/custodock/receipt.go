package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"custodock/store"
)

// receiptFields are the columns of a receipt as CSV.
const receiptFields = "code=receipt.code agrees docking=receipt.docking camera=receipt.camera bay=receipt.bay at=receipt.at " +
	"clips=receipt.clips bytes=receipt.bytes known=receipt.known"

// whichReceipts is what to do when a code is not known.
const whichReceipts = "a code has ten letters and digits or more, such as K7QF-2M9X-4T; 'custodock camera show SERIAL' lists dockings with theirs"

// receiptCheck is the API's answer.
type receiptCheck struct {
	Receipt store.Receipt `json:"receipt"`
	Agrees  bool          `json:"agrees"`
}

// newReceiptCommand makes receipt.
func newReceiptCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "receipt CODE",
		Short: "check the receipt of a docking",
		Long: `Check the receipt that a bay showed when everything on its camera was stored. The
code follows from the SHA-256 of every clip that was stored in that docking; it is
made anew from the catalog. 'custodock verify' compares that with the archive.

The code may be written in any case, and without its dashes. Exit status 1: no
receipt has this code; 3: the catalog does not agree with it any more.`,
		Args: oneArg("CODE"),
	}
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		code, err := element("code", args[0], whichReceipts)
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			var check receiptCheck
			raw, err := l.get(cmd.Context(), "/api/v1/receipts/"+code, &check)
			if err != nil {
				return notFound(err, whichReceipts)
			}
			if form.value != asTable {
				err = printRaw(a.stdout, form.value, fields(receiptFields), raw, raw)
			} else {
				err = a.showReceipt(cmd, l, &check)
			}
			if err != nil || check.Agrees {
				return err
			}
			return withHint(fmt.Errorf("%w: receipt %s is of other clips than the catalog has", store.ErrDamage, check.Receipt.Code),
				"leave the archive as it is, and run: custodock verify")
		})
	}
	return cmd
}

// showReceipt says what a receipt is of, and whether it holds.
func (a *app) showReceipt(cmd *cobra.Command, l *link, check *receiptCheck) error {
	_, c, _, err := l.status(cmd.Context())
	if err != nil {
		return err
	}
	r, s := &check.Receipt, a.screenOf(a.stdout)
	verdict := "agrees with the catalog"
	if !check.Agrees {
		verdict = paint(s, red, "does not agree with the catalog")
	}
	out := &sheet{}
	out.title("receipt %s: %s", r.Code, verdict)
	out.row("camera", r.Camera, bayWords(r.Bay))
	out.row("stored", count(r.Clips, "clip"), bytesText(r.Bytes))
	if r.Known > 0 {
		out.row("known before", count(r.Known, "clip")+", no part of this receipt")
	}
	out.row("made", c.ago(r.At))
	out.row("docking", r.Docking)
	return out.write(a.stdout)
}

func bayWords(bay int) string {
	if bay == 0 {
		return ""
	}
	return fmt.Sprintf("bay %d", bay)
}
